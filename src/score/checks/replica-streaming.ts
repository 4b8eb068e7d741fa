import { formatPercent } from '../../machine/pure.js';
import { atLeast, type RunCheck } from './check.js';

/** Percent of the samples: a single one may be missed. */
const LIMIT = atLeast(99);

export const replicaStreaming: RunCheck = {
  of: 'run',
  subject: 'bench',
  only: 'split',
  title: 'The replica was streaming all the time',
  cure: 'See the log of the replica: without a connection to the primary it answers with old data.',
  words: { fails: 'the replica was not streaming all the time' },
  examine({ lag }) {
    const share = lag === null ? 0 : lag.streamingShare;
    if (share === null) return { because: 'the primary was never asked for its replica' };
    const value = share * 100;
    const words = `in ${formatPercent(value)} of the samples`;
    return [{ title: 'Samples in which it was streaming', value, unit: 'percent', limit: LIMIT, words }];
  },
};
