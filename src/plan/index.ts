export { ROUTED_BY_ITSELF } from './application.js';
export { loadConfig } from './config.js';
export { type Choices, parseDuration, parseOptions, type UserOptions } from './options.js';
export type { TargetGoal, TargetRules } from './targets.js';
export {
  type Configured,
  type Errand,
  readWork,
  type WorkSpec,
  workFromOptions,
  workFromPlan,
} from './work.js';
