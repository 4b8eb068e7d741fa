export { cutConnection } from './client.js';
export { parseLsn, visibleAt } from './lsn.js';
export { isRouterStatement } from './questions.js';
