import { formatCount } from '../../machine/pure.js';
import { rateAnew } from '../measure-more.js';
import { atMost, type RunCheck } from './check.js';

/** Percent of the followed commits that may stay unseen on the replica: they count as seen at the time limit, which is too early. */
const LIMIT = atMost(1);

export const lagSeen: RunCheck = {
  of: 'run',
  subject: 'outcome',
  only: 'split',
  title: 'The lag leaves nothing out',
  cure: 'Replication could not keep up: lower the rate, or give the nodes more CPU (--node-cpus, if the bench starts them).',
  again: rateAnew,
  words: { result: 'the true lag is larger than measured' },
  examine({ lag }) {
    const unseen = lag?.unseen ?? 0;
    const followed = lag?.commitToVisible.count ?? 0;
    if (followed === 0) return { because: 'no commit was followed to a replica' };
    const value = (unseen / followed) * 100;
    const words = `${formatCount(unseen)} of ${formatCount(followed)} followed commits were not seen on a replica in time`;
    const title = 'Commits not seen in time';
    return [{ title, value, unit: 'percent', limit: LIMIT, words, harms: 'replica-lag' }];
  },
};
