import { isCaptured } from '../../record/pure.js';
import { failedPercent } from '../measures.js';
import { notJudged, oneReading, type RunCheck } from './check.js';

export const errors: RunCheck = {
  of: 'run',
  title: 'Hardly any request failed',
  cure: 'See the errors under "Accounting"; a request that fails costs less than one that is answered.',
  words: { holds: 'share of the requests that failed', fails: 'too many of the requests failed' },
  look: (run) =>
    isCaptured(run)
      ? notJudged('a captured trace may have errors of its own')
      : oneReading({
          title: 'Requests that failed',
          value: failedPercent(run),
          unit: 'percent',
          limit: { op: '<', value: 1 },
        }),
};
