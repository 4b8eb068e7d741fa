export { quantile } from './summary.js';
export { startWatch, type Watch } from './watch.js';
