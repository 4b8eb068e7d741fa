/** All that reads SQL: what a statement is, what it touches, where it may run. */

export { assumeReadOnlyCatalog, type Catalog, type Facts, loadCatalog } from './catalog.js';
export {
  CLASSIFICATION_REASONS,
  type Classification,
  categoryOf,
  explainClassification,
} from './classification.js';
export { classify } from './classify.js';
export { actionOf, hintOf, tagsOf, withTags } from './comments.js';
export {
  beginsOnReplica,
  SESSION_STATES,
  type SessionEffect,
  type SessionState,
  type TransactionEffect,
} from './effect.js';
export { fingerprintOf } from './fingerprint.js';
export { denied, isHarmless, textArguments } from './functions.js';
export { normalizeSql } from './normalise.js';
export {
  commandOf,
  fieldsOf,
  isParseable,
  loadParser,
  names,
  nodeName,
  parseStatements,
  type Tree,
  type Visit,
  walk,
} from './parse.js';
export { shapeOf } from './shape.js';
export { DATA_STATEMENTS, isQuery } from './statements.js';
export { tokensOf } from './tokens.js';
