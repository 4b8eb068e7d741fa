export type { HttpEvent } from '../workload/index.js';
export { type EndedEvents, EndedLog } from './k6/ended-events.js';
export { failureOf } from './k6/failures.js';
export { JOB_VARIABLE, type ScenarioJob } from './k6/job.js';
export { Patience } from './patience.js';
export { Sessions } from './sessions.js';
export type { Outcome } from './tally.js';
