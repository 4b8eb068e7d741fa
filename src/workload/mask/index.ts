export { type Masking, MaskLosses, StatementMask } from './mask.js';
export { readMaskKey } from './mask-key.js';
export { maskSql } from './mask-sql.js';
export { MASK_KINDS, type MaskKinds } from './values.js';
