export { readAnswers } from './answers-file.js';
export { followCommand, resumeCommand } from './commands.js';
export { inNewFolder } from './new-folder.js';
export { readOwnFile } from './own-file.js';
export { hashPlan, planSchema, readPlan, writePlan } from './plan-file.js';
export { newestRun, newRunId, readRun, storeRun } from './run-file.js';
export { followsTrials, isTrials, readTrials, writeTrials } from './trials-file.js';
