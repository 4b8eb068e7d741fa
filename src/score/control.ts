import { formatCores, formatMs, formatSpeedup } from '../machine/pure.js';
import { type RunRecord, samePlan } from '../record/pure.js';
import { faultOf, RUN_CHECKS } from './checks/judge.js';
import { totalCpu } from './figures/cpu.js';
import type { Figure } from './figures/figure.js';
import { latency } from './figures/latency.js';
import { nodeOf } from './measures.js';
import type { Pair } from './pair.js';
import type { ControlFindings } from './scorecard.js';
import { sideMean } from './statistics/side-mean.js';

/** What a control's plan differs in from that of the pairs, which says the CPU of one node; empty if in nothing. */
export function controlDifferences(control: RunRecord, [first]: readonly Pair[]): string[] {
  return first ? samePlan(first.baseline.plan, control.plan) : [];
}

type ControlFigure = ControlFindings['figures'][number];

/** What the same CPU can buy, and how it is told. */
const BOUGHT: {
  title: string;
  unit: ControlFigure['unit'];
  figure: Figure;
  words(figure: ControlFigure): string;
}[] = [
  {
    title: 'Latency of analytics, mean',
    unit: 'ms',
    figure: latency('analytics', 'mean'),
    words: ({ baseline, control, split }) =>
      `reports in ${formatMs(control)} (${formatSpeedup(baseline / control, 2)}), and in ${formatMs(split)} (${formatSpeedup(baseline / split, 2)})`,
  },
  {
    title: 'Latency of writes, p95',
    unit: 'ms',
    figure: latency('write', 0.95),
    words: ({ control, split }) => `writes at p95 in ${formatMs(control)}, and in ${formatMs(split)}`,
  },
  {
    title: 'CPU of all database nodes',
    unit: 'cores',
    figure: totalCpu,
    words: ({ control, split }) => `${formatCores(control)} used, and ${formatCores(split)}`,
  },
];

/** What the same CPU bought as one bigger primary, and what as a replica. It is told, and scored nothing. */
export function controlOf(control: RunRecord, pairs: readonly Pair[]): ControlFindings {
  const run = control.id;
  const differences = controlDifferences(control, pairs);
  if (differences.length > 0)
    return {
      run,
      figures: [],
      sentence: `The control did other work, so its figures are left out: ${differences.join('; ')}.`,
    };
  const bought = BOUGHT.flatMap(({ words, ...about }) => {
    const figure = figureOf(about, control, pairs);
    return figure ? [{ figure, words: words(figure) }] : [];
  });
  const cpus = nodeOf(control, 'primary')?.budget.cpus ?? null;
  const what = `What the same CPU buys as one primary${cpus === null ? '' : ` of ${formatCores(cpus)}`}, and as a primary with a replica`;
  const told = bought.map(({ words }) => words).join('; ') || 'nothing was measured on both';
  return {
    run,
    figures: bought.map(({ figure }) => figure),
    sentence: [`${what}: ${told}.`, ...doubt(control)].join(' '),
  };
}

/** The checks that any run has to pass, whatever it is compared with, and that the control fails. */
function doubt(control: RunRecord): string[] {
  const failed = RUN_CHECKS.filter(
    (check) => !check.sides && faultOf(check, [{ side: 'control', run: control }]),
  );
  return failed.length === 0
    ? []
    : [
        `The control can’t be relied on, for it failed what is checked of any run: ${failed.map(({ title }) => `“${title}”`).join('; ')}.`,
      ];
}

function figureOf(
  { title, unit, figure }: Omit<(typeof BOUGHT)[number], 'words'>,
  control: RunRecord,
  pairs: readonly Pair[],
): ControlFigure | null {
  const [baseline, alone, split] = [
    sideMean(pairs.map((pair) => figure.of(pair.baseline))),
    figure.of(control),
    sideMean(pairs.map((pair) => figure.of(pair.split))),
  ];
  return baseline && alone && split ? { title, unit, baseline, control: alone, split } : null;
}
