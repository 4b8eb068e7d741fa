export { cutConnection } from './connection.js';
export { parseLsn, visibleAt } from './lsn.js';
export { isRouterStatement } from './questions.js';
