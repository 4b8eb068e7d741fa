export { cutConnection } from './connection.js';
export { isRouterStatement, parseLsn, visibleAt } from './lsn.js';
