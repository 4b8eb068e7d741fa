import { formatBytes, formatCount, formatMs } from '../../machine/pure.js';
import { type Figure, meanOver } from '../figures/figure.js';
import { enoughCommits } from '../figures/floors.js';
import type { Target } from './target.js';

/** Mean time in ms from a commit's return on the primary until the replica shows it. */
export const lagOfReplica: Figure = {
  of: ({ lag }) => (lag && lag.commitToVisible.count > 0 ? lag.commitToVisible.meanMs : null),
  overBlocks: (run) => (run.lag ? meanOver(run, run.lag.series.tMs, run.lag.series.lagMs) : null),
  noise: 2,
  floor: enoughCommits,
};

export const replicaLag: Target = {
  title: 'Lag of the replica',
  unit: 'ms',
  sideUnit: 'ms',
  figure: lagOfReplica,
  value: 'level',
  goal: { bound: 100 },
  missing({ split: { lag, side } }) {
    if (side === 'baseline') return 'A baseline was compared with a baseline: there is no replica.';
    if (!lag) return 'The split run has no record of a replica’s lag.';
    if (lag.commitToVisible.count > 0) return null;
    return lag.unseen > 0
      ? `None of ${formatCount(lag.unseen)} commits was seen on the replica in time.`
      : 'No commit was followed to the replica.';
  },
  detail({ split: { lag } }) {
    if (!lag) return '';
    const { count, p95Ms, p99Ms, maxMs } = lag.commitToVisible;
    return `Mean of ${formatCount(count)} commits, from commit to visible. p95: ${formatMs(p95Ms)}; p99: ${formatMs(p99Ms)}; longest: ${formatMs(maxMs)}. On average ${formatBytes(lag.bytesBehindMean)} behind.`;
  },
};
