import { csvlog } from './csvlog.js';
import type { LogFormat } from './log-record.js';

/** The formats that are known, in the order in which they are tried. */
export const LOG_FORMATS: readonly LogFormat[] = [
  csvlog,
  {
    name: 'jsonlog',
    looksLike: (start) => /^\s*\{.*"(timestamp|error_severity)"/.test(start),
    reader: null,
  },
  {
    name: 'stderr',
    looksLike: (start) => /\b(LOG|ERROR|FATAL|WARNING|STATEMENT|DETAIL|HINT): {2}/.test(start),
    reader: null,
  },
];
