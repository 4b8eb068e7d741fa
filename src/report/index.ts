export { whyNoPictures } from './picture.js';
export { requirePictures, writePngs } from './png.js';
export type { RecordPaths, ReportInput } from './reporter.js';
export { DEFAULT_FORMATS, FORMATS, type Format, REPORTERS } from './reporters.js';
export { runSummary } from './run-summary.js';
export { trendText } from './trend/text.js';
export type { Trend } from './trend/trend.js';
export { aligned } from './wrap.js';
export { RUN_PAGE, writeReport, writeRunReport, writeTrendReport } from './write.js';
