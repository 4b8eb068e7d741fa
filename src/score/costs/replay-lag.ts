import { formatMs } from '../../machine/pure.js';
import { meanOf } from '../statistics/estimate.js';
import type { CountedCost } from './cost.js';

/** It stands here to check the lag that was measured. */
export const replayLag: CountedCost = {
  title: 'Replay lag by pg_stat_replication',
  unit: 'ms',
  standing: true,
  look(pairs) {
    const known = pairs
      .map(({ split: { lag } }) => lag?.reportedReplayMs ?? null)
      .filter((value) => value !== null);
    if (known.length === 0) return null;
    const replay = meanOf(known);
    return {
      baseline: null,
      split: replay,
      worse: false,
      sentence: `The server’s own figure for the replay lag is ${formatMs(replay)} on average; it stands here to check the one above.`,
    };
  },
};
