export { cutTrace } from './cut-trace.js';
export type { HttpEvent, SqlEvent, TraceEvent, TraceHeader } from './trace.js';
export { readTrace, summarizeTrace, type TraceSummary, writeTrace } from './trace-file.js';
