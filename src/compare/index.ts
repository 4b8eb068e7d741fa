export { type Compared, compare, type Outputs, refuseOutputs } from './compare.js';
export { configuredTargets } from './configured-targets.js';
export { findReport } from './newest-report.js';
export { trendOver } from './trend.js';
