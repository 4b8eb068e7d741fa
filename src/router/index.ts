/**
 * Read/write splitting for PostgreSQL, as a library on `pg`: see docs/router.md. Its parts:
 * - `sql/` reads statements: what they are, and where they may run
 * - `policy/` says where the rest may go, and how stale it may be
 * - `nodes/` knows the servers: connections, roles, health, how much more they may take
 * - `sessions/` remembers what each user has seen, and which replica shows that
 * - `requests/` takes one request from its route to its answer
 * - `pool/` makes a `pg.Pool` of it all
 */

export { optionsFromEnvironment } from './environment.js';
export { MaybeCommitted, PrimaryBudgetExceeded, queuedMsOf, RouterError } from './errors.js';
export { BREAKER_STATES } from './nodes/breaker.js';
export { isRouterStatement } from './nodes/questions.js';
export { READ_CATEGORIES, type RequestCategory } from './policy/categories.js';
export {
  CONSISTENCY_MODES,
  type ConsistencyMode,
  policies,
  type RouteRule,
  type RoutingPolicy,
  resolvePolicy,
  validatePolicy,
} from './policy/policy.js';
export { createPool, type PoolDefaults } from './pool/facade.js';
export { createRouter } from './router.js';
export { currentSession, withSession } from './sessions/scope.js';
export { assumeReadOnlyCatalog, type Catalog, type Facts, loadCatalog } from './sql/catalog.js';
export type { Volatility } from './sql/catalog-queries.js';
export {
  type Classification,
  type ClassificationReason,
  explainClassification,
  type RouteHint,
  type Writes,
} from './sql/classification.js';
export { type Classifier, classify, createClassifier } from './sql/classify.js';
export {
  SESSION_STATES,
  type SessionEffect,
  type SessionState,
  type TransactionEffect,
} from './sql/effect.js';
export { normalizeSql } from './sql/normalise.js';
export { loadParser } from './sql/parse.js';
export type * from './types.js';
