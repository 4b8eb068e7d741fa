export { compare } from './compare.js';
export { compareAnswers } from './compare-answers.js';
export { compareTrials } from './compare-trials.js';
export { configuredTargets } from './configured-targets.js';
export { controlFor, pick, pickSplit, refuseOtherWork } from './pick-run.js';
