export { DISK_BYTES, examineMachine, type Finding } from './doctor.js';
export { type Capacity, findCapacity } from './find-capacity.js';
export { wasHeldUp } from './held-up.js';
export { otherProgramsNow } from './other-programs.js';
export type { Following, Progress } from './progress.js';
export { checkWritable, makePlan, runBench } from './run.js';
export { FULL, QUICK, selfCheck } from './selfcheck.js';
export { type Served, type ServedNode, serve } from './serve.js';
export {
  resumeTrials,
  runSeconds,
  runTrials,
  startTrials,
  type TrialRun,
  type TrialsFollowing,
} from './trials.js';
export { openWork } from './workloads.js';
