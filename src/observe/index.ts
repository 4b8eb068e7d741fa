export type { Latest } from './observer.js';
export { quantile } from './summary.js';
export { describe as describeStatement } from './volume/describe.js';
export { readDiscarded, readTexts, takeSnapshot } from './volume/snapshot.js';
export { startWatch, type Watch } from './watch.js';
