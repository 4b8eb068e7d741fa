import { formatCores, formatMs, formatRatio, formatSpeedup } from '../machine/pure.js';
import { nodeOf, type RunRecord } from '../record/pure.js';
import { failuresOf } from './checks/judge.js';
import { type Comparison, compareFigures } from './comparison.js';
import type { EqualTrials } from './equal-trials.js';
import { totalCpu } from './figures/cpu.js';
import type { Figure } from './figures/figure.js';
import { latency } from './figures/latency.js';
import { meanOverRuns } from './figures/mean.js';
import { measureMore } from './measure-more.js';
import { type Pair, sideOf } from './pair.js';
import type { ControlChange, ControlFigure, ControlFindings } from './scorecard.js';
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
    words: ({ baseline, control, split, ofControl, ofSplit }) =>
      `analytics take ${formatMs(control)} (${formatSpeedup(baseline / control, 2)} as the baseline${reach(ofControl)}) and ${formatMs(split)} (${formatSpeedup(baseline / split, 2)}; ${formatSpeedup(control / split, 2)} as on the bigger primary${reach(ofSplit)})`,
  },
  {
    title: 'Latency of writes, p95',
    unit: 'ms',
    figure: latency('write', 0.95),
    words: ({ control, split }) => `writes at p95 take ${formatMs(control)} and ${formatMs(split)}`,
  },
  {
    title: 'CPU of all database nodes',
    unit: 'cores',
    figure: totalCpu,
    words: ({ control, split }) => `all nodes use ${formatCores(control)} and ${formatCores(split)}`,
  },
];

/** How many times as fast, at least and at most. */
function reach({ interval }: ControlChange): string {
  return interval ? `, ${formatRatio(1 / interval.high)} to ${formatRatio(1 / interval.low)}` : '';
}

/**
 * What the same CPU bought as one bigger primary, and what as a replica. It is told, and scored nothing.
 * @param controls one for each pair, in their order; or a single one beside several, which then has no interval
 * @param otherWork what their plans differ in from that of the pairs, which says the CPU of one node; empty if in nothing
 * @param how.equal trials of equal runs, for the intervals of a single pair
 * @param how.again as measureMore has it
 */
export function controlOf(
  controls: readonly RunRecord[],
  pairs: readonly Pair[],
  otherWork: string[],
  { equal, again }: { equal: EqualTrials | null; again: string | undefined },
): ControlFindings {
  const runs = controls.map(({ id }) => id);
  if (otherWork.length > 0) {
    const sentence = `The control did other work, so its figures are left out: ${otherWork.join('; ')}.`;
    return { runs, figures: [], sentence };
  }
  const { ofControl, ofSplit } = changesOf(controls, pairs, equal);
  const bought = BOUGHT.flatMap(({ title, unit, figure, words }) => {
    const baseline = sideMean(sideOf(pairs, 'baseline').map(figure.of));
    const split = sideMean(sideOf(pairs, 'split').map(figure.of));
    const control = meanOverRuns(figure.of, controls, false);
    if (!baseline || !control || !split) return [];
    const found: ControlFigure = {
      ...{ title, unit, baseline, control, split },
      ofControl: changeOf(ofControl.get(figure), control / baseline),
      ofSplit: changeOf(ofSplit.get(figure), split / control),
    };
    return [{ found, words: words(found) }];
  });
  const cpus = nodeOf(controls[0]!, 'primary')?.budget.cpus;
  const what = `The same CPU as one bigger primary${cpus ? ` (${formatCores(cpus)})` : ''} and as a primary with a replica`;
  const told = bought.map(({ words }) => words).join('; ') || 'nothing was measured on both';
  const command = measureMore(again, pairs, { pairs: pairs.length, control: true });
  const alone =
    controls.length < pairs.length ? ` ${ONE_FOR_MANY}: "${command}" makes one in each pair.` : '';
  const sentence = `${what}: ${told}.${alone}${doubt(controls)}`;
  return { runs, figures: bought.map(({ found }) => found), sentence };
}

const ONE_FOR_MANY = 'There is only one control, so nothing says how much another would differ';

/** Each figure of the controls against that of the baselines, and of the splits against that of the controls. */
function changesOf(
  controls: readonly RunRecord[],
  pairs: readonly Pair[],
  equal: EqualTrials | null,
): Record<'ofControl' | 'ofSplit', ReadonlyMap<Figure, Comparison | null>> {
  const figures = new Map(BOUGHT.map(({ figure }) => [figure, figure]));
  const between = (sides: (pair: Pair, control: RunRecord) => Pair) => {
    if (controls.length < pairs.length) return new Map<Figure, null>();
    const compared = pairs.map((pair, index) => sides(pair, controls[index]!));
    return compareFigures(figures, compared, equal);
  };
  return {
    ofControl: between(({ baseline }, control) => ({ baseline, split: control })),
    ofSplit: between(({ split }, control) => ({ baseline: control, split })),
  };
}

function doubt(runs: readonly RunRecord[]): string {
  const titles = whyDoubted(runs);
  return titles === null
    ? ''
    : ` The control can’t be relied on: it failed checks that any run has to pass: ${titles}.`;
}

function changeOf(comparison: Comparison | null | undefined, ratio: number): ControlChange {
  return { ratio, interval: comparison?.interval ?? null };
}

/** The checks that any run has to pass, and that controls fail, by their titles; null if they pass. */
export function whyDoubted(runs: readonly RunRecord[]): string | null {
  const failed = new Set(runs.flatMap(failuresOf).map(({ title }) => `“${title}”`));
  return failed.size === 0 ? null : [...failed].join('; ');
}
