export { importCsvlog } from './import.js';
export { formatImportSummary } from './summary-text.js';
