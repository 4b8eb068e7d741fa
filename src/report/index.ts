export { whyNoPictures } from './picture.js';
export { requirePictures, writePngs } from './png.js';
export type { RecordPaths, ReportInput } from './reporter.js';
export { DEFAULT_FORMATS, FORMATS, type Format, REPORTERS } from './reporters.js';
export { runSummary } from './run-summary.js';
export { valueOfKind } from './words.js';
export { RUN_PAGE, writeReport, writeRunReport } from './write.js';
