export { importLog } from './import.js';
export { durationWithoutPauses, shapeTrace } from './shape-trace.js';
export { formatImportSummary } from './summary.js';
