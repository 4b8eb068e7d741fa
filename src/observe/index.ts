export type { Latest } from './observer.js';
export { quantile } from './summary.js';
export { startWatch, type Watch } from './watch.js';
