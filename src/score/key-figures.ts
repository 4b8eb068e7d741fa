import type { Unit } from '../machine/pure.js';
import { nodeOf, type RunRecord, type Side } from '../record/pure.js';
import { primaryCpu } from './figures/cpu.js';
import { latency } from './figures/latency.js';
import { analyticsExecutionMs, cpuMsPerRequest, readsOf } from './measures.js';
import { type Pair, sideOf } from './pair.js';
import { sideMean } from './statistics/estimate.js';
import { busiestPool } from './targets/pool-utilisation.js';
import { lagOfReplica } from './targets/replica-lag.js';

/** A figure as it was on each side; null where a side has no such thing, or did not measure it. */
export interface KeyFigure extends Record<Side, number | null> {
  id: KeyFigureId;
  title: string;
  unit: Unit;
  /** Of the split against the baseline, in percent, below 0 for less; null where a change in percent means nothing. */
  changePercent: number | null;
}

interface Definition extends Pick<KeyFigure, 'title' | 'unit'> {
  of(run: RunRecord): number | null;
  /** Where a change in percent means nothing. */
  unlike?: true;
}

const KEY_FIGURES = {
  'replica-share': {
    title: 'Reads answered by the replica',
    unit: 'percent',
    of: replicaShare,
    unlike: true,
  },
  'lag-mean': { title: 'Lag of the replica, mean', unit: 'ms', of: lagOfReplica.of, unlike: true },
  'pool-mean': { title: 'Use of the busiest pool, mean', unit: 'percent', of: busiestPool.of, unlike: true },
  'primary-cpu': { title: 'CPU of the primary, of one node’s budget', unit: 'percent', of: primaryCpu.of },
  'primary-cpu-per-request': {
    title: 'CPU of the primary for each answered request',
    unit: 'ms',
    of: (run) => cpuMsPerRequest(run, ...run.nodes.filter(({ role }) => role === 'primary')),
  },
  'cpu-per-request': {
    title: 'CPU of all nodes for each answered request',
    unit: 'ms',
    of: (run) => cpuMsPerRequest(run, ...run.nodes),
  },
  'primary-memory': {
    title: 'Memory of the primary, mean',
    unit: 'bytes',
    of: (run) => nodeOf(run, 'primary')?.memoryBytesMean ?? null,
  },
  'analytics-p50': { title: 'Latency of analytics, p50', unit: 'ms', of: latency('analytics', 0.5).of },
  'analytics-p95': { title: 'Latency of analytics, p95', unit: 'ms', of: latency('analytics', 0.95).of },
  'analytics-execution': {
    title: 'Execution of analytics on the server, mean',
    unit: 'ms',
    of: analyticsExecutionMs,
  },
} satisfies Record<string, Definition>;

export type KeyFigureId = keyof typeof KEY_FIGURES;

/** What is first asked of a replica, beside the targets: the mean of each side, over all pairs. */
export function keyFigures(pairs: readonly Pair[], control: RunRecord | null): KeyFigure[] {
  return (Object.keys(KEY_FIGURES) as KeyFigureId[]).map((id) => {
    const { title, unit, of, unlike }: Definition = KEY_FIGURES[id];
    const baseline = sideMean(sideOf(pairs, 'baseline').map(of));
    const split = sideMean(sideOf(pairs, 'split').map(of));
    return {
      ...{ id, title, unit, baseline, split },
      control: control && of(control),
      changePercent: !unlike && baseline && split !== null ? (split / baseline - 1) * 100 : null,
    };
  });
}

function replicaShare(run: RunRecord): number | null {
  const moved = readsOf(run, 'replica')?.calls;
  if (moved === undefined) return null;
  const all = moved + (readsOf(run, 'primary')?.calls ?? 0);
  return all > 0 ? (moved / all) * 100 : null;
}
