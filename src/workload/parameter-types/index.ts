/** The types of captured statements' parameters, which a log does not hold: found by asking a server with the data. */

export { DatabaseTypes } from './database-types.js';
export { findTypes, INFERRED } from './find.js';
export { type ParameterizedShape, surveyShapes } from './survey.js';
export {
  hashTypes,
  type ParameterTypes,
  readTypes,
  TYPES_SCHEMA,
  type TypesKey,
  typesFileOf,
  writeTypes,
} from './types-file.js';
export { likenessOf } from './value-types.js';
