import type { RunRecord } from '../record/pure.js';
import { primaryCpu } from './figures/cpu.js';
import { replicaLag } from './figures/lag.js';
import { latency } from './figures/latency.js';
import { busiestPool } from './figures/pools.js';
import { analyticsExecutionMs, cpuMsPerRequest, nodeOf, readsOf } from './measures.js';
import type { Pair } from './pair.js';
import { sideMean } from './statistics/side-mean.js';

/** A figure as it was on each side; null where a side has no such thing, or did not measure it. */
export interface KeyFigure {
  id: string;
  title: string;
  unit: 'percent' | 'ms' | 'bytes';
  baseline: number | null;
  split: number | null;
  control: number | null;
  /** Of the split against the baseline, in percent, below 0 for less; null where a change in percent means nothing. */
  changePercent: number | null;
}

interface Definition extends Pick<KeyFigure, 'id' | 'title' | 'unit'> {
  of(run: RunRecord): number | null;
  /** Where a change in percent means something. */
  changes: boolean;
}

const DEFINITIONS: Definition[] = [
  {
    id: 'replica-share',
    title: 'Reads answered by the replica',
    unit: 'percent',
    of: shareOnReplica,
    changes: false,
  },
  { id: 'lag-mean', title: 'Lag of the replica, mean', unit: 'ms', of: replicaLag.of, changes: false },
  {
    id: 'pool-mean',
    title: 'Use of the busiest pool, mean',
    unit: 'percent',
    of: busiestPool.of,
    changes: false,
  },
  {
    id: 'primary-cpu',
    title: 'CPU of the primary, of one node’s budget',
    unit: 'percent',
    of: primaryCpu.of,
    changes: true,
  },
  {
    id: 'primary-cpu-per-request',
    title: 'CPU of the primary for each answered request',
    unit: 'ms',
    of: (run) => cpuMsPerRequest(run, ...run.nodes.filter(({ name }) => name === 'primary')),
    changes: true,
  },
  {
    id: 'cpu-per-request',
    title: 'CPU of all nodes for each answered request',
    unit: 'ms',
    of: (run) => cpuMsPerRequest(run, ...run.nodes),
    changes: true,
  },
  {
    id: 'primary-memory',
    title: 'Memory of the primary, mean',
    unit: 'bytes',
    of: (run) => nodeOf(run, 'primary')?.memoryBytesMean ?? null,
    changes: true,
  },
  {
    id: 'analytics-p50',
    title: 'Latency of analytics, p50',
    unit: 'ms',
    of: latency('analytics', 0.5).of,
    changes: true,
  },
  {
    id: 'analytics-p95',
    title: 'Latency of analytics, p95',
    unit: 'ms',
    of: latency('analytics', 0.95).of,
    changes: true,
  },
  {
    id: 'analytics-execution',
    title: 'Execution of analytics on the server, mean',
    unit: 'ms',
    of: analyticsExecutionMs,
    changes: true,
  },
];

/** What is first asked of a replica, beside the targets: the mean of each side, over all pairs. */
export function keyFigures(pairs: readonly Pair[], control: RunRecord | null): KeyFigure[] {
  return DEFINITIONS.map(({ id, title, unit, of, changes }) => {
    const baseline = sideMean(pairs.map((pair) => of(pair.baseline)));
    const split = sideMean(pairs.map((pair) => of(pair.split)));
    return {
      ...{ id, title, unit, baseline, split },
      control: control && of(control),
      changePercent: changes && baseline && split !== null ? (split / baseline - 1) * 100 : null,
    };
  });
}

function shareOnReplica(run: RunRecord): number | null {
  const moved = readsOf(run, 'replica')?.calls;
  if (moved === undefined) return null;
  const all = moved + (readsOf(run, 'primary')?.calls ?? 0);
  return all > 0 ? (moved / all) * 100 : null;
}
