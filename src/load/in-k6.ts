export type { HttpEvent } from '../workload/index.js';
export { failureOf } from './k6/failures.js';
export { JOB_VARIABLE, type Progress, type ScenarioJob } from './k6/job.js';
export { Patience } from './patience.js';
export { Sessions } from './sessions.js';
export { type Outcome, Tally } from './tally.js';
