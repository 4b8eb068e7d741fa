export { type Capacity, findCapacity } from './find-capacity.js';
export type { OnProgress, Progress } from './progress.js';
export { checkWritable, makePlan, type RunRequest, runBench } from './run.js';
export { FULL, QUICK, selfCheck } from './selfcheck.js';
export { resumeTrials, runTrials, startTrials, type TrialRun } from './trials.js';
export { openWork } from './workloads.js';
