export { type BenchConfig, defineConfig, loadConfig } from './config.js';
export { type Choices, parseDuration, parseOptions } from './options.js';
export { type Errand, readWork } from './read-work.js';
export { DEFAULT_TARGETS, type Metric, type TargetGoal } from './targets.js';
export { type WorkSpec, workFromOptions, workFromPlan } from './work.js';
