export { type BenchConfig, defineConfig, loadConfig } from './config.js';
export { parseDuration, parseOptions, type RunOptions } from './options.js';
export { readPolicy } from './read-policy.js';
export { DEFAULT_TARGETS, type Metric, type TargetGoal } from './targets.js';
