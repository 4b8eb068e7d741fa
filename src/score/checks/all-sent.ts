import { formatCount } from '../../machine/pure.js';
import { cureOf } from '../lost-names.js';
import { atMost, type RunCheck } from './check.js';

export const allSent: RunCheck = {
  of: 'run',
  subject: 'load',
  title: 'Every event was sent',
  cure: 'Lower the rate with --rate or --utilisation, play a captured trace slower with --speed, or let the run end by itself.',
  words: {
    holds: 'nothing was left unsent',
    fails: 'events were never sent',
    result: 'events were never sent, since so many went unanswered',
  },
  examine(run) {
    const { notSent } = run.accounting;
    const fault = formatCount(notSent);
    return [
      {
        title: 'Events not sent',
        value: notSent,
        unit: 'count',
        limit: atMost(0),
        fault,
        harms: 'latency',
        ...cureOf(run),
      },
    ];
  },
};
