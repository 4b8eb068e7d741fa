import { formatCount } from '../../machine/pure.js';
import { isCaptured } from '../../record/pure.js';
import { nothing } from '../measure-more.js';
import { errorsCompared } from '../measures.js';
import { below, type RunCheck } from './check.js';

export const errorsOfCapture: RunCheck = {
  of: 'run',
  subject: 'outcome',
  title: 'Statements failed as they had when captured',
  cure: 'See the errors under "Accounting": the snapshot may be from another moment, or may lack roles and settings.',
  again: nothing,
  words: { fails: 'the replay is not true to the capture', result: 'it did not fail as the capture did' },
  examine(run) {
    if (!isCaptured(run)) return { because: 'this is no captured trace' };
    const compared = errorsCompared(run);
    if (!compared)
      return { because: 'the trace does not tell which statements had failed: import the log again' };
    const { ok, failed } = run.accounting;
    const percent = (count: number) => (ok + failed > 0 ? (count / (ok + failed)) * 100 : 0);
    const { same, changed, missing } = compared;
    const unlike = compared.new + changed;
    return [
      {
        title: 'Errors that the capture did not have',
        value: percent(unlike),
        unit: 'percent',
        limit: below(1),
        words: `${formatCount(unlike)} errors that the capture did not have, beside ${formatCount(same)} that it had`,
      },
      {
        title: 'Errors of the capture that are missing',
        value: percent(missing),
        unit: 'percent',
        limit: below(1),
        words: `${formatCount(missing)} of its errors missing`,
      },
    ];
  },
};
