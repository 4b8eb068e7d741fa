import { formatCores, formatMs, formatSpeedup } from '../machine/pure.js';
import { nodeOf, type RunRecord } from '../record/pure.js';
import { faultOf, RUN_CHECKS } from './checks/judge.js';
import { totalCpu } from './figures/cpu.js';
import type { Figure } from './figures/figure.js';
import { latency } from './figures/latency.js';
import { type Pair, sideOf } from './pair.js';
import type { ControlFigure, ControlFindings } from './scorecard.js';
import { sideMean } from './statistics/estimate.js';

/** Something that CPU can buy, and how it is told. */
interface Bought extends Pick<ControlFigure, 'title' | 'unit'> {
  figure: Figure;
  words(figure: ControlFigure): string;
}

const BOUGHT: Bought[] = [
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

/**
 * What the same CPU bought as one bigger primary, and what as a replica. It is told, and scored nothing.
 * @param otherWork what its plan differs in from that of the pairs, which says the CPU of one node; empty if in nothing
 */
export function controlOf(control: RunRecord, pairs: readonly Pair[], otherWork: string[]): ControlFindings {
  if (otherWork.length > 0) {
    const sentence = `The control did other work, so its figures are left out: ${otherWork.join('; ')}.`;
    return { run: control.id, figures: [], sentence };
  }
  const bought = BOUGHT.flatMap(({ title, unit, figure, words }) => {
    const baseline = sideMean(sideOf(pairs, 'baseline').map(figure.of));
    const split = sideMean(sideOf(pairs, 'split').map(figure.of));
    const alone = figure.of(control);
    if (!baseline || !alone || !split) return [];
    const found = { title, unit, baseline, control: alone, split };
    return [{ found, words: words(found) }];
  });
  const cpus = nodeOf(control, 'primary')?.budget.cpus;
  const what = `What the same CPU buys as one primary${cpus ? ` of ${formatCores(cpus)}` : ''}, and as a primary with a replica`;
  const told = bought.map(({ words }) => words).join('; ') || 'nothing was measured on both';
  const sentence = `${what}: ${told}.${doubt(control)}`;
  return { run: control.id, figures: bought.map(({ found }) => found), sentence };
}

/** That the control fails checks that any run has to pass, whatever it is compared with; '' if it passes. */
function doubt(run: RunRecord): string {
  const failed = RUN_CHECKS.filter(
    (check) => check.only === undefined && faultOf(check, [{ side: 'control', run }]),
  );
  if (failed.length === 0) return '';
  const titles = failed.map(({ title }) => `“${title}”`).join('; ');
  return ` The control can’t be relied on, for it failed what is checked of any run: ${titles}.`;
}
