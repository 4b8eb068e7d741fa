import { formatCores, formatCount, formatMs, formatPercent, formatRatio } from '../units.js';
import type { Category } from '../workload/trace.js';
import { coresOf, nodeOf } from './measures.js';
import type { Pair, Regression } from './scorecard.js';
import { staleReads } from './stale-reads.js';
import { moreThanByChance } from './statistics/change.js';
import { percentileMs } from './statistics/latency.js';

/**
 * How far two runs of the same setup were seen to differ, so that a single pair beyond it says something. Runs of a
 * primary alone against itself gave half to double for the tail of write latency, and up to 13 % for CPU.
 */
const NOISE = {
  median: 1.5,
  tail: 2,
  /** Less than this is no difference that a user or the clock would notice, in ms. */
  leastMs: 1,
  cpu: 1.15,
  /** Share of requests. */
  fallbacks: 0.001,
};

/** What got worse, or could have: every figure that a replica may cost, whether it did or not. */
export function regressions(pair: Pair): Regression[] {
  return [
    latency(pair, 'write', 0.5),
    latency(pair, 'write', 0.95),
    latency(pair, 'read', 0.95),
    latency(pair, 'realtime', 0.95),
    latency(pair, 'analytics', 0.95),
    errors(pair),
    fallbacks(pair),
    misdeclared(pair),
    ...staleReads(pair),
    replicaCpu(pair),
    totalCpu(pair),
    staleness(pair),
    replayLag(pair),
  ].filter((regression) => regression !== null);
}

/** The ids of what any replica costs by being there; everything else is a thing that went wrong. */
export const STANDING_COSTS = ['replica-cpu', 'staleness', 'replay-lag'];

function latency({ baseline, split }: Pair, category: Category, p: number): Regression | null {
  const before = percentileMs(baseline.load.window.latency[category], p);
  const after = percentileMs(split.load.window.latency[category], p);
  if (before === null || after === null) return null;
  const bound = p === 0.5 ? NOISE.median : NOISE.tail;
  const factor = before > 0 ? after / before : 1;
  const worse = factor > bound && after - before >= NOISE.leastMs;
  const title = `${category.charAt(0).toUpperCase()}${category.slice(1)} latency p${p * 100}`;
  const sentence =
    after <= before
      ? `${title} ${after === before ? 'stayed at' : `fell from ${formatMs(before)} to`} ${formatMs(after)}.`
      : `${title} rose from ${formatMs(before)} to ${formatMs(after)} (${formatRatio(factor)}): ${
          worse
            ? `more than the ${formatRatio(bound)} by which two equal runs may differ.`
            : `two equal runs may differ by ${formatRatio(bound)} or ${formatMs(NOISE.leastMs)}, so one pair cannot prove it.`
        }`;
  return {
    id: `${category}-p${p * 100}`,
    title,
    baseline: before,
    split: after,
    unit: 'ms',
    worse,
    sentence,
  };
}

function errors({ baseline, split }: Pair): Regression {
  const [before, after] = [baseline.accounting.failed, split.accounting.failed];
  const worse = moreThanByChance(before, after);
  return {
    id: 'errors',
    title: 'Failed requests',
    baseline: before,
    split: after,
    unit: 'count',
    worse,
    sentence:
      before === 0 && after === 0
        ? 'No request failed on either side.'
        : `${formatCount(after)} requests failed in the split and ${before === 0 ? 'none' : formatCount(before)} in the baseline${
            after > before ? (worse ? ', more than chance explains' : ', which chance can explain') : ''
          }.`,
  };
}

function fallbacks({ split }: Pair): Regression {
  const answered = split.accounting.ok + split.accounting.failed;
  const share = answered > 0 ? split.router.fallbacks / answered : 0;
  const worse = share > NOISE.fallbacks;
  return {
    id: 'fallbacks',
    title: 'Reads that fell back to the primary',
    baseline: null,
    split: split.router.fallbacks,
    unit: 'count',
    worse,
    sentence:
      split.router.fallbacks === 0
        ? 'No read had to fall back to the primary.'
        : `${formatCount(split.router.fallbacks)} reads meant for the replica fell back to the primary (${formatPercent(share * 100)} of the requests${
            worse ? '' : `, below the ${formatPercent(NOISE.fallbacks * 100)} that count`
          }).`,
  };
}

function misdeclared({ baseline, split }: Pair): Regression {
  const [before, after] = [baseline.router.misdeclaredWrites, split.router.misdeclaredWrites];
  return {
    id: 'misdeclared-writes',
    title: 'Writes declared as reads',
    baseline: before,
    split: after,
    unit: 'count',
    worse: moreThanByChance(before, after),
    sentence:
      after === 0
        ? 'No write was declared as a read.'
        : `${formatCount(after)} writes were declared as reads; the router sent them to the primary all the same.`,
  };
}

function replicaCpu({ split }: Pair): Regression | null {
  const replica = nodeOf(split, 'replica');
  if (!replica) return null;
  const used = coresOf(replica, split);
  return {
    id: 'replica-cpu',
    title: 'CPU of the replica',
    baseline: null,
    split: used,
    unit: 'cores',
    worse: used > 0,
    sentence: `The replica used ${formatCores(used)} (${formatPercent(replica.utilisation * 100)} of ${
      replica.budget.cpus === null ? 'the machine' : 'its budget'
    }) where there was no replica before.`,
  };
}

function totalCpu({ baseline, split }: Pair): Regression {
  const total = (run: Pair['baseline']) => run.nodes.reduce((sum, node) => sum + coresOf(node, run), 0);
  const [before, after] = [total(baseline), total(split)];
  const factor = before > 0 ? after / before : 1;
  const worse = factor > NOISE.cpu;
  return {
    id: 'total-cpu',
    title: 'CPU of all database nodes together',
    baseline: before,
    split: after,
    unit: 'cores',
    worse,
    sentence: `All database nodes together used ${formatCores(before)} in the baseline and ${formatCores(after)} in the split${comparison(factor, worse)}.`,
  };
}

function comparison(factor: number, worse: boolean): string {
  const change = formatPercent(Math.abs(factor - 1) * 100);
  if (Math.abs(factor - 1) < 0.005) return ', the same to within half a percent';
  if (factor < 1) return `, ${change} less`;
  return `, ${change} more${worse ? '' : `; two equal runs may differ by ${formatPercent((NOISE.cpu - 1) * 100)}`}`;
}

function staleness({ split: { lag } }: Pair): Regression | null {
  if (!lag || lag.commitToVisible.count === 0) return null;
  const { meanMs, p99Ms } = lag.commitToVisible;
  return {
    id: 'staleness',
    title: 'Age of what the replica shows',
    baseline: null,
    split: meanMs,
    unit: 'ms',
    worse: meanMs > 0,
    sentence: `A commit is visible on the replica ${formatMs(meanMs)} later on average (p99 ${formatMs(p99Ms)}); on a primary alone it is visible at once.`,
  };
}

function replayLag({ split: { lag } }: Pair): Regression | null {
  const replay = lag?.pgStatReplication.replayLagMs ?? null;
  if (replay === null) return null;
  return {
    id: 'replay-lag',
    title: 'Replay lag by pg_stat_replication',
    baseline: null,
    split: replay,
    unit: 'ms',
    worse: false,
    sentence: `The server’s own figure for the replay lag is ${formatMs(replay)} on average; it stands here to check the one above.`,
  };
}
