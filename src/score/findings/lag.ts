import { formatMs, formatPercent } from '../../machine/pure.js';
import { levelOf } from '../comparison.js';
import { replicasOf } from '../replicas.js';
import { lagOfReplica } from '../targets/replica-lag.js';
import type { FindingRule } from './finding.js';
import { percentFor } from './routed-reads.js';
import { executedIn, longestOn } from './statements.js';

/** A lag at p99 that users may see, in ms. */
const LATE_MS = 100;

/** Lag that kept reads on the primary, or that comes in bursts. */
export const lag: FindingRule = {
  title: 'What the lag costs',
  find(splits) {
    const value = levelOf(lagOfReplica, splits)?.value;
    if (value === undefined) return null;
    const p99Ms = Math.max(...splits.map(({ lag }) => lag?.commitToVisible.p99Ms ?? 0));
    const kept = percentFor(splits, 'fallback-lag', 'fallback-behind');
    if (kept === 0 && p99Ms < LATE_MS) return null;
    const because =
      kept > 0 ? ` It sent ${formatPercent(kept)} of the routed reads back to the primary.` : '';
    const { the, furthest } = replicasOf(splits[0]!);
    return {
      sentence: `Commits were visible on ${furthest} after ${formatMs(value)} on average, and ${formatMs(p99Ms)} at p99.${because}`,
      advice:
        p99Ms < LATE_MS
          ? `Lag this short can be waited for: a larger maxWaitMs would leave these reads on ${the}.`
          : `Look for what holds up replay: long reads on ${furthest} (max_standby_streaming_delay), or writes in bulk.`,
      figure: { title: 'Replica lag, mean', value, unit: 'ms', limit: null },
      statements: longestOn(
        'primary',
        executedIn(splits).filter(({ kind }) => kind === 'write'),
      ),
    };
  },
};
