import {
  formatCores,
  formatCount,
  formatMs,
  formatPercent,
  formatRatio,
  type Unit,
} from '../machine/pure.js';
import type { Category, RunRecord } from '../record/pure.js';
import { type Comparison, levelOf } from './comparison.js';
import { totalCpu as totalCpuFigure } from './figures/cpu.js';
import type { Figure } from './figures/figure.js';
import { replicaLag } from './figures/lag.js';
import { latency } from './figures/latency.js';
import { coresOf, nodeOf } from './measures.js';
import type { Pair } from './pair.js';
import type { Regression } from './scorecard.js';
import { staleReads } from './stale-reads.js';
import { moreThanByChance } from './statistics/change.js';
import { meanOf } from './statistics/estimate.js';

const NOISE = {
  /** In a single pair, less than this is no difference that a user would notice, in ms. */
  leastMs: 1,
  /** Share of requests. */
  fallbacks: 0.001,
};

const LATENCIES: [Category, 0.5 | 0.95][] = [
  ['write', 0.5],
  ['write', 0.95],
  ['read', 0.95],
  ['realtime', 0.95],
  ['analytics', 0.95],
];

/** The figures that a replica may make worse and that both sides have, by the id of their row. */
export const COST_FIGURES: ReadonlyMap<string, Figure> = new Map([
  ...LATENCIES.map(([category, p]): [string, Figure] => [latencyId(category, p), latency(category, p)]),
  ['total-cpu', totalCpuFigure],
]);

/** What got worse, or could have: every figure that a replica may cost, whether it did or not. */
export function regressions(
  pairs: readonly Pair[],
  compared: ReadonlyMap<string, Comparison | null>,
): Regression[] {
  const splits = pairs.map(({ split }) => split);
  const told = (id: string) => {
    const comparison = compared.get(id);
    return comparison ? { id, comparison, pairs: pairs.length } : null;
  };
  return [
    ...LATENCIES.map(([category, p]) => latencyRow(category, p, told(latencyId(category, p)))),
    errors(pairs),
    fallbacks(splits),
    misdeclared(pairs),
    ...staleReads(pairs),
    replicaCpu(splits),
    totalCpu(told('total-cpu')),
    staleness(splits),
    replayLag(splits),
  ].filter((regression) => regression !== null);
}

/** The ids of what any replica costs by being there; everything else is a thing that went wrong. */
export const STANDING_COSTS = ['replica-cpu', 'staleness', 'replay-lag'];

/** For what is counted or stands alone: nothing was compared. */
const UNTESTED = { interval: null, difference: null, pValue: null };

interface Told {
  id: string;
  comparison: Comparison;
  pairs: number;
}

function latencyId(category: Category, p: number): string {
  return `${category}-p${p * 100}`;
}

function latencyRow(category: Category, p: 0.5 | 0.95, told: Told | null): Regression | null {
  if (!told) return null;
  const { baseline, split } = told.comparison;
  const slower = isWorse(told, latency(category, p).noise);
  const worse = slower && (told.pairs > 1 || split - baseline >= NOISE.leastMs);
  const title = `${category.charAt(0).toUpperCase()}${category.slice(1)} latency p${p * 100}`;
  const sentence =
    split <= baseline
      ? `${title} ${split === baseline ? 'stayed at' : `fell from ${formatMs(baseline)} to`} ${formatMs(split)}.`
      : `${title} rose from ${formatMs(baseline)} to ${formatMs(split)} (${formatRatio(split / baseline)}${intervalOf(told)}): ${
          told.pairs > 1
            ? overPairs(told, worse)
            : worse
              ? `more than the ${formatRatio(latency(category, p).noise)} by which two equal runs may differ.`
              : `two equal runs may differ by ${formatRatio(latency(category, p).noise)} or ${formatMs(NOISE.leastMs)}, so one pair cannot prove it.`
        }`;
  return { ...rowOf(told, title, 'ms'), worse, sentence };
}

function rowOf({ id, comparison }: Told, title: string, unit: Unit) {
  const { baseline, split, interval, difference, pValue } = comparison;
  return { id, title, baseline, split, unit, interval, difference, pValue };
}

/** Where nothing could be tested, by what two equal runs were seen to differ by. */
function isWorse({ comparison: { difference, ratio } }: Told, noise: number): boolean {
  return difference === null ? ratio > noise : difference === 'slower';
}

function intervalOf({ comparison: { interval } }: Told): string {
  if (!interval) return '';
  return `, 95 % interval ${formatRatio(interval.low)} to ${formatRatio(interval.high)}`;
}

function overPairs({ pairs }: Told, worse: boolean): string {
  return worse
    ? `more than chance explains over ${pairs} pairs.`
    : `over ${pairs} pairs chance can explain it.`;
}

function errors(pairs: readonly Pair[]): Regression {
  const before = sum(pairs, ({ baseline }) => baseline.accounting.failed);
  const after = sum(pairs, ({ split }) => split.accounting.failed);
  const worse = moreThanByChance(before, after);
  return {
    id: 'errors',
    title: 'Failed requests',
    baseline: before,
    split: after,
    unit: 'count',
    ...UNTESTED,
    worse,
    sentence:
      before === 0 && after === 0
        ? 'No request failed on either side.'
        : `${formatCount(after)} requests failed in the split and ${before === 0 ? 'none' : formatCount(before)} in the baseline${
            after > before ? (worse ? ', more than chance explains' : ', which chance can explain') : ''
          }.`,
  };
}

function fallbacks(splits: readonly RunRecord[]): Regression {
  const answered = sum(splits, ({ accounting }) => accounting.ok + accounting.failed);
  const fell = sum(splits, ({ router }) => router.fallbacks);
  const share = answered > 0 ? fell / answered : 0;
  const worse = share > NOISE.fallbacks;
  return {
    id: 'fallbacks',
    title: 'Reads that fell back to the primary',
    baseline: null,
    split: fell,
    unit: 'count',
    ...UNTESTED,
    worse,
    sentence:
      fell === 0
        ? 'No read had to fall back to the primary.'
        : `${formatCount(fell)} reads meant for the replica fell back to the primary (${formatPercent(share * 100)} of the requests${
            worse ? '' : `, below the ${formatPercent(NOISE.fallbacks * 100)} that count`
          }).`,
  };
}

function misdeclared(pairs: readonly Pair[]): Regression {
  const before = sum(pairs, ({ baseline }) => baseline.router.misdeclaredWrites);
  const after = sum(pairs, ({ split }) => split.router.misdeclaredWrites);
  return {
    id: 'misdeclared-writes',
    title: 'Writes declared as reads',
    baseline: before,
    split: after,
    unit: 'count',
    ...UNTESTED,
    worse: moreThanByChance(before, after),
    sentence:
      after === 0
        ? 'No write was declared as a read.'
        : `${formatCount(after)} writes were declared as reads; the router sent them to the primary all the same.`,
  };
}

function replicaCpu(splits: readonly RunRecord[]): Regression | null {
  const replicas = splits.flatMap((run) => {
    const node = nodeOf(run, 'replica');
    return node ? [{ node, cores: coresOf(node, run) }] : [];
  });
  const [first] = replicas;
  if (!first) return null;
  const used = meanOf(replicas.map(({ cores }) => cores));
  const share = meanOf(replicas.map(({ node }) => node.utilisation));
  return {
    id: 'replica-cpu',
    title: 'CPU of the replica',
    baseline: null,
    split: used,
    unit: 'cores',
    ...UNTESTED,
    worse: used > 0,
    sentence: `The replica used ${formatCores(used)} (${formatPercent(share * 100)} of ${
      first.node.budget.cpus === null ? 'the machine' : 'its budget'
    }) where there was no replica before.`,
  };
}

function totalCpu(told: Told | null): Regression | null {
  if (!told) return null;
  const { baseline, split, ratio } = told.comparison;
  const worse = isWorse(told, totalCpuFigure.noise);
  return {
    ...rowOf(told, 'CPU of all database nodes together', 'cores'),
    worse,
    sentence: `All database nodes together used ${formatCores(baseline)} in the baseline and ${formatCores(split)} in the split${change(told, ratio, worse)}.`,
  };
}

function change(told: Told, ratio: number, worse: boolean): string {
  const share = formatPercent(Math.abs(ratio - 1) * 100);
  if (Math.abs(ratio - 1) < 0.005) return ', the same to within half a percent';
  if (ratio < 1) return `, ${share} less`;
  if (worse) return `, ${share} more`;
  return told.pairs > 1
    ? `, ${share} more, which chance can explain over ${told.pairs} pairs`
    : `, ${share} more; two equal runs may differ by ${formatPercent((totalCpuFigure.noise - 1) * 100)}`;
}

function staleness(splits: readonly RunRecord[]): Regression | null {
  const level = levelOf(replicaLag, splits);
  if (!level) return null;
  const p99 = Math.max(...splits.map(({ lag }) => lag?.commitToVisible.p99Ms ?? 0));
  return {
    id: 'staleness',
    title: 'Age of what the replica shows',
    baseline: null,
    split: level.value,
    unit: 'ms',
    ...UNTESTED,
    worse: level.value > 0,
    sentence: `A commit is visible on the replica ${formatMs(level.value)} later on average (${splits.length > 1 ? 'largest ' : ''}p99 ${formatMs(p99)}); on a primary alone it is visible at once.`,
  };
}

function replayLag(splits: readonly RunRecord[]): Regression | null {
  const known = splits
    .map(({ lag }) => lag?.pgStatReplication.replayLagMs ?? null)
    .filter((value) => value !== null);
  if (known.length === 0) return null;
  const replay = meanOf(known);
  return {
    id: 'replay-lag',
    title: 'Replay lag by pg_stat_replication',
    baseline: null,
    split: replay,
    unit: 'ms',
    ...UNTESTED,
    worse: false,
    sentence: `The server’s own figure for the replay lag is ${formatMs(replay)} on average; it stands here to check the one above.`,
  };
}

function sum<T>(list: readonly T[], value: (each: T) => number): number {
  return list.reduce((total, each) => total + value(each), 0);
}
