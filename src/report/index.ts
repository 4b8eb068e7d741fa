export type { RecordPaths, ReportInput } from './reporter.js';
export { REPORTERS } from './reporters.js';
export { runSummary } from './run-summary.js';
export { writeReport } from './write.js';
