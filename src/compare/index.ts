export { type Compared, compare, type Outputs } from './compare.js';
export { type Trend, trendOver } from './trend.js';
