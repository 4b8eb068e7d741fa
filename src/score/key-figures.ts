import type { Unit } from '../machine/pure.js';
import { meanOf } from '../machine/pure.js';
import { nodeOf, type PairSide, type RunRecord, type Side } from '../record/pure.js';
import { sidesOf } from './comparison.js';
import { primaryCpuPercent } from './figures/cpu.js';
import { valuesOf } from './figures/figure.js';
import { latency } from './figures/latency.js';
import { meanOverRuns } from './figures/mean.js';
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
  /** A level stands for itself, as lag in its row does: its mean is the plain one, and a change in percent means nothing. */
  level?: true;
}

const KEY_FIGURES = {
  'replica-share': {
    title: 'Reads answered by replicas',
    unit: 'percent',
    of: replicaShare,
    level: true,
  },
  'lag-mean': { title: 'Replica lag, mean', unit: 'ms', of: lagOfReplica.of, level: true },
  'pool-mean': { title: 'Use of the busiest pool, mean', unit: 'percent', of: busiestPool.of, level: true },
  'primary-cpu': {
    title: 'CPU of the primary, of one node’s budget',
    unit: 'percent',
    of: primaryCpuPercent,
  },
  'primary-cpu-per-request': {
    title: 'CPU of the primary for each answer',
    unit: 'ms',
    of: (run) => cpuMsPerRequest(run, ...run.nodes.filter(({ role }) => role === 'primary')),
  },
  'cpu-per-request': {
    title: 'CPU of all nodes for each answer',
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
export function keyFigures(pairs: readonly Pair[], controls: readonly RunRecord[]): KeyFigure[] {
  return (Object.keys(KEY_FIGURES) as KeyFigureId[]).map((id) => {
    const { title, unit, of, level }: Definition = KEY_FIGURES[id];
    const { baseline, split } = level ? plainMeans(of, pairs) : meansOfRatio(of, pairs);
    return {
      ...{ id, title, unit, baseline, split },
      control: meanOverRuns(of, controls, level === true),
      changePercent: !level && baseline && split !== null ? (split / baseline - 1) * 100 : null,
    };
  });
}

type Means = Record<PairSide, number | null>;

function plainMeans(of: Definition['of'], pairs: readonly Pair[]): Means {
  const mean = (side: PairSide) => {
    const values = valuesOf({ of }, sideOf(pairs, side));
    return values && meanOf(values);
  };
  return { baseline: mean('baseline'), split: mean('split') };
}

/** As the rows have it: the ratio of the means is that of the mean log-ratio. */
function meansOfRatio(of: Definition['of'], pairs: readonly Pair[]): Means {
  const alone = (side: PairSide) => sideMean(sideOf(pairs, side).map(of));
  return sidesOf({ of }, pairs) ?? { baseline: alone('baseline'), split: alone('split') };
}

function replicaShare(run: RunRecord): number | null {
  const moved = readsOf(run, 'replica')?.calls;
  if (moved === undefined) return null;
  const all = moved + (readsOf(run, 'primary')?.calls ?? 0);
  return all > 0 ? (moved / all) * 100 : null;
}
