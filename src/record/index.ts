export { readAnswers, writeAnswers } from './answers-file.js';
export { hashPlan, readPlan, writePlan } from './plan-file.js';
export { newestRun, newRunId, readRun, writeRun } from './run-file.js';
export { followsTrials, isTrials, readTrials, writeTrials } from './trials-file.js';
