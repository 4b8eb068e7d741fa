import { isCaptured } from '../../record/pure.js';
import { same } from '../measure-more.js';
import { failedPercent } from '../measures.js';
import { below, type RunCheck } from './check.js';

export const errors: RunCheck = {
  of: 'run',
  subject: 'outcome',
  title: 'Hardly any request failed',
  cure: 'See the errors under "Accounting", and remove their cause: a request that fails costs less than one that is answered.',
  again: same,
  words: {
    holds: 'requests that failed',
    fails: 'too many of the requests failed',
    result: 'requests failed',
  },
  examine(run) {
    if (isCaptured(run)) return { because: 'a captured trace may have errors of its own' };
    return [{ title: 'Requests that failed', value: failedPercent(run), unit: 'percent', limit: below(1) }];
  },
};
