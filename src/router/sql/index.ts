/** All that reads SQL: what a statement is, what it touches, where it may run. */

export { assumeReadOnlyCatalog, type Catalog, type Facts, loadCatalog } from './catalog.js';
export { explainClassification } from './classification.js';
export { classify } from './classify.js';
export { denied, isHarmless } from './functions.js';
export { wordsOf } from './inspect.js';
export { type StatementKind, statementKind } from './kind.js';
export { normalizeSql } from './normalise.js';
export {
  fieldsOf,
  loadParser,
  MAX_SQL_LENGTH,
  names,
  nodeName,
  parseStatements,
  type Tree,
} from './parse.js';
