import { formatPercent } from '../../machine/pure.js';
import { same } from '../measure-more.js';
import { atLeast, type RunCheck } from './check.js';

/** Percent of the samples: a single one may be missed. */
const LIMIT = atLeast(99);

export const replicaStreaming: RunCheck = {
  of: 'run',
  subject: 'bench',
  only: 'split',
  title: 'Replication streamed all the time',
  cure: 'See the log of the replica for why it lost its connection to the primary: without one, it answers with old data.',
  again: same,
  words: { fails: 'a replica was not streaming all the time' },
  examine({ lag }) {
    const each = lag === null ? [] : [lag, ...(lag.others ?? [])];
    if (each.some(({ streamingShare }) => streamingShare === null))
      return { because: 'the primary was never asked for its replicas' };
    const shares = each.map(({ node, streamingShare }) => ({ node, value: streamingShare! * 100 }));
    return (shares.length > 0 ? shares : [{ node: undefined, value: 0 }]).map(({ node, value }) => {
      const words = `${shares.length > 1 ? `node ${node} ` : ''}in ${formatPercent(value)} of the samples`;
      return { title: 'Samples in which it was streaming', value, unit: 'percent', limit: LIMIT, words };
    });
  },
};
