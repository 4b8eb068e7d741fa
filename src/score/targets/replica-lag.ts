import { formatBytes, formatCount, formatMs } from '../../units.js';
import type { Target } from './target.js';

/** Mean time from a commit's return on the primary until the replica shows it. */
export const replicaLag: Target = {
  id: 'replica-lag',
  title: 'Lag of the replica',
  unit: 'ms',
  sideUnit: 'ms',
  goal: { op: '<', value: 100 },
  measure({ split: { lag } }) {
    if (!lag) return { value: null, reason: 'The split run has no record of a replica’s lag.' };
    const { count: samples, meanMs, p95Ms, p99Ms, maxMs } = lag.commitToVisible;
    if (samples === 0) {
      return {
        value: null,
        reason:
          lag.unseen > 0
            ? `None of ${formatCount(lag.unseen)} commits was seen on the replica in time.`
            : 'No commit was followed to the replica.',
      };
    }
    return {
      value: meanMs,
      baseline: null,
      split: meanMs,
      detail: `Mean of ${formatCount(samples)} commits, from commit to visible. p95: ${formatMs(p95Ms)}; p99: ${formatMs(p99Ms)}; longest: ${formatMs(maxMs)}. On average ${formatBytes(lag.bytesBehind.mean)} behind.`,
    };
  },
};
