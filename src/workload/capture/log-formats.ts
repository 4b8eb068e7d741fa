import { csvlog } from './csvlog.js';
import { jsonlog } from './jsonlog.js';
import type { LogFormat } from './log-record.js';

/** The formats that are known, in the order in which they are tried. */
export const LOG_FORMATS: readonly LogFormat[] = [
  csvlog,
  jsonlog,
  {
    name: 'stderr',
    looksLike: (start) => /\b(LOG|ERROR|FATAL|WARNING|STATEMENT|DETAIL|HINT): {2}/.test(start),
    reader: null,
  },
];
