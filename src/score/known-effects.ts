import {
  formatMs,
  formatNumber,
  formatPercent,
  formatRatio,
  formatSeconds,
  meanOf,
} from '../machine/pure.js';
import { EFFECTS, type EffectRecords, nodeOf, type RunRecord } from '../record/pure.js';
import { type Comparison, compareFigures } from './comparison.js';
import type { Cost } from './costs/cost.js';
import { COSTS } from './costs/index.js';
import type { Figure } from './figures/figure.js';
import { cpuMsPerRequest, readsOf } from './measures.js';
import { studentMean } from './statistics/estimate.js';
import { DEFAULT_TARGETS, TARGETS } from './targets/index.js';

/** What an effect of known size should measure, what it did, and whether that is near enough. */
export interface EffectLine {
  id: keyof typeof LINES;
  title: string;
  expected: string;
  measured: string;
  ok: boolean;
}

/** How far from the effect a reading may be. */
const LIMITS = {
  /** Percent of the reads. The router counts them off: only what was under way at the window's ends is uncertain. */
  readShare: 1,
  /** The delay runs from the commit itself, the lag from its return. */
  lagMs: 5,
  /** Percent off. */
  cpu: 2,
  /** What watching may cost, in percent of the primary's budget, and what it must be seen to be below. */
  watching: { goal: 1, bound: 8 },
  /**
   * How unlikely a difference between equal runs must be to be taken for one (a false alarm in a hundred checks), and what
   * share of the figure it must be: less than that matters nowhere.
   */
  equalRuns: { p: 0.01, share: 0.02 },
};

/** Each effect that is made, by its id. */
const LINES = {
  /** Half of the reads go to the replica: by the servers' own count they must have run there. */
  'read-share': ({ split: { onTime } }) => {
    const [kept, moved] = [readsOf(onTime, 'primary')?.calls ?? 0, readsOf(onTime, 'replica')?.calls ?? 0];
    const share = (moved / (kept + moved)) * 100;
    return {
      title: 'Half of the reads are sent to the replica',
      expected: `${formatPercent(EFFECTS.readShare)} ± ${formatPercent(LIMITS.readShare)} of the read calls there`,
      measured: formatPercent(share),
      ok: Math.abs(share - EFFECTS.readShare) <= LIMITS.readShare,
    };
  },
  /** The replica applies each commit late by a known time. */
  lag: ({ split: { onTime, late } }) => {
    const [before, after] = [medianLagMs(onTime), medianLagMs(late)];
    return {
      title: `The replica applies commits ${formatMs(EFFECTS.lagMs)} late`,
      expected: `${formatMs(EFFECTS.lagMs)} ± ${formatMs(LIMITS.lagMs)} more lag (median)`,
      measured: `${formatMs(after - before)} (${formatMs(before)} → ${formatMs(after)})`,
      ok: Math.abs(after - before - EFFECTS.lagMs) <= LIMITS.lagMs,
    };
  },
  /** A process of the primary burns CPU: by its own account, and by that of whoever watches the node. */
  cpu: ({ cpu: { burnt, seen } }) => {
    const offPercent = (seen / burnt - 1) * 100;
    return {
      title: 'A process of the primary burns CPU',
      expected: `${formatSeconds(burnt)} ± ${formatPercent(LIMITS.cpu)}, by its own account`,
      measured: `${formatSeconds(seen)} (${formatPercent(offPercent)} off)`,
      ok: Math.abs(offPercent) <= LIMITS.cpu,
    };
  },
  /** Pairs of runs of the same setup: no figure of theirs may differ by more than chance. */
  'equal-runs': ({ rounds }) => {
    const { p, share } = LIMITS.equalRuns;
    const pairs = rounds.map(({ watched: [baseline, split] }) => ({ baseline, split }));
    const tested = [...compareFigures(EQUAL_FIGURES, pairs)].flatMap(([title, compared]) =>
      compared?.pValue == null ? [] : [{ ...compared, title, pValue: compared.pValue }],
    );
    const differing = tested.filter(({ pValue, ratio }) => pValue < p && Math.abs(ratio - 1) >= share);
    const least = formatNumber(Math.min(...tested.map(({ pValue }) => pValue)), 2);
    return {
      title: `Baseline against baseline, ${rounds.length} times`,
      expected: `no figure differs by more than chance and ${formatPercent(share * 100)}`,
      measured:
        differing.map(({ title, ratio }) => `${title} (${formatRatio(ratio)})`).join(', ') ||
        `none of ${tested.length} does (smallest p ${least}; the intervals reach ${reachInWords(tested)})`,
      ok: tested.length > 0 && differing.length === 0,
    };
  },
  /** The same load with everything that asks the servers, and without. */
  watching: ({ rounds }) => {
    const { goal, bound } = LIMITS.watching;
    const costs = (figure: (run: RunRecord) => number) =>
      rounds.map(({ watched, alone }) => meanOf(watched.map(figure)) - figure(alone));
    const percents = costs((run) => (nodeOf(run, 'primary')!.utilisation ?? Number.NaN) * 100);
    const perRequestMs = costs((run) => cpuMsPerRequest(run, nodeOf(run, 'primary')!) ?? Number.NaN);
    const { low, high } = studentMean(percents);
    return {
      title: 'What watching a run costs the primary',
      expected: `${formatPercent(goal)} of its CPU budget or less, and under ${formatPercent(bound)} for certain`,
      measured: `${formatPercent(meanOf(percents), 2)} (${formatPercent(low, 2)} to ${formatPercent(high, 2)}), ${formatMs(meanOf(perRequestMs), 2)} a request`,
      ok: low <= goal && high < bound,
    };
  },
} satisfies Record<string, (records: EffectRecords) => Omit<EffectLine, 'id'>>;

/** Whether each effect was found as it is. */
export function effectLines(records: EffectRecords): EffectLine[] {
  return (Object.keys(LINES) as EffectLine['id'][]).map((id) => ({ id, ...LINES[id](records) }));
}

/** The median: a moment in which the machine stood still is no effect of ours. */
function medianLagMs({ lag }: RunRecord): number {
  return lag && lag.commitToVisible.count > 0 ? lag.commitToVisible.p50Ms : Number.NaN;
}

/**
 * The figures that equal runs are compared in, by title: those of the default targets, and of the costs. A few requests on
 * an idle server are enough here: nothing is said of a workload by them.
 */
const EQUAL_FIGURES = new Map(
  [
    ...DEFAULT_TARGETS.map(({ metric }) => TARGETS[metric]),
    ...Object.values<Cost>(COSTS).filter((cost) => 'figure' in cost),
  ].map(({ title, figure: { floor, ...figure } }): [string, Figure] => [title, figure]),
);

/** How far the intervals reach to either side, from the narrowest to the widest: less than that could not have been seen. */
function reachInWords(compared: readonly Comparison[]): string {
  const reaches = compared.flatMap(({ interval }) =>
    interval ? [(Math.sqrt(interval.high / interval.low) - 1) * 100] : [],
  );
  return `± ${formatPercent(Math.min(...reaches), 2)} to ± ${formatPercent(Math.max(...reaches), 2)}`;
}
