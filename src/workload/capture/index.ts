export { MASK_KINDS, type MaskKinds, readMaskKey } from '../mask/index.js';
export { importLog, maskFileOf } from './import.js';
export { durationWithoutPauses, shapeTrace } from './shape-trace.js';
export { formatImportSummary } from './summary.js';
