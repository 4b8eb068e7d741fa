import { formatCount } from '../../machine/pure.js';
import { notJudged, type RunCheck } from './check.js';

export const lagSeen: RunCheck = {
  of: 'run',
  sides: ['split'],
  title: 'The lag leaves nothing out',
  cure: 'The replica could not keep up: lower the rate, or give the nodes more CPU with --node-cpus.',
  words: { fails: 'the true lag is larger than measured' },
  look({ lag }) {
    const unseen = lag?.unseen ?? 0;
    const followed = unseen + (lag?.commitToVisible.count ?? 0);
    if (followed === 0) return notJudged('no commit was followed to a replica');
    return {
      readings: [
        {
          title: 'Followed commits that were not seen in time',
          value: (unseen / followed) * 100,
          unit: 'percent',
          limit: { op: '<=', value: 1 },
        },
      ],
      found: `${formatCount(unseen)} of ${formatCount(followed)} followed commits were not seen on the replica in time`,
    };
  },
};
