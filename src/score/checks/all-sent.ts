import { formatCount } from '../../machine/pure.js';
import type { RunCheck } from './check.js';

export const allSent: RunCheck = {
  of: 'run',
  title: 'Every event was sent',
  cure: 'Lower the rate with --rate or --utilisation, or let the run end by itself.',
  words: { holds: 'nothing was left unsent', fails: 'events were never sent' },
  look: ({ accounting: { notSent } }) => ({
    readings: [{ title: 'Events not sent', value: notSent, unit: 'count', limit: { op: '<=', value: 0 } }],
    found: notSent === 0 ? '' : formatCount(notSent),
  }),
};
