import { formatCount } from '../../machine/pure.js';
import { isApplication } from '../../record/pure.js';
import { cureOf } from '../lost-names.js';
import { rateAnew } from '../measure-more.js';
import { atMost, type RunCheck } from './check.js';

const CURE_OF_SCENARIO =
  'Iterations were due and no user of the scenario was free: export more of them (vus) in its options, or lower the rate with --rate.';

export const allSent: RunCheck = {
  of: 'run',
  subject: 'load',
  title: 'Every event was sent',
  cure: 'Lower the rate with --rate or --utilisation, play a captured trace slower with --speed, or let the run end by itself.',
  again: rateAnew,
  words: {
    holds: 'nothing was left unsent',
    fails: 'events were never sent',
    result: 'events were never sent, since so many went unanswered',
  },
  examine(run) {
    const { notSent } = run.accounting;
    const fault = formatCount(notSent);
    const cure = isApplication(run) ? { cure: CURE_OF_SCENARIO } : cureOf(run);
    return [
      {
        title: 'Events not sent',
        value: notSent,
        unit: 'count',
        limit: atMost(0),
        fault,
        harms: 'latency',
        ...cure,
      },
    ];
  },
};
