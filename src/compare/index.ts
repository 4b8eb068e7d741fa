export { type Compared, compare, type Outputs, refuseOutputs } from './compare.js';
export { type Trend, trendOver } from './trend.js';
