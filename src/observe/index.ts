export { observeConsistency } from './consistency.js';
export { observeLag } from './lag.js';
export { observeMachine } from './machine.js';
export { observeNodes } from './nodes.js';
export { nowMs } from './observer.js';
export { observePools } from './pools.js';
export { countStatements, type StatementCounter } from './statements.js';
export { quantile } from './summary.js';
