export { importLog } from './import.js';
export { formatImportSummary } from './summary.js';
