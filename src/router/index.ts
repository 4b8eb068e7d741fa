/** Read/write splitting for PostgreSQL, as a library on `pg`: see docs/router.md. */

export { assumeReadOnlyCatalog, type Catalog, type Facts, loadCatalog, type Volatility } from './catalog.js';
export { type Classifier, classify, createClassifier } from './classify.js';
export { optionsFromEnvironment } from './environment.js';
export { MaybeCommitted, PrimaryBudgetExceeded, RouterError } from './errors.js';
export { createPool, type PoolDefaults } from './facade.js';
export { isRouterStatement } from './lsn.js';
export { normalizeSql } from './normalize.js';
export { loadParser } from './parser.js';
export {
  type ConsistencyMode,
  policies,
  type RequestCategory,
  type RouteRule,
  type RoutingPolicy,
  resolvePolicy,
  validatePolicy,
} from './policy.js';
export { createRouter } from './router.js';
export { currentSession, withSession } from './session-scope.js';
export { type StatementKind, statementKind } from './statement-kind.js';
export type * from './types.js';
