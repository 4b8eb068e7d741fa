import { cloudNativePg } from './cloudnativepg.js';
import { csvlog } from './csvlog.js';
import { jsonlog } from './jsonlog.js';
import type { LogFormat } from './log-record.js';
import { stderr } from './stderr.js';

/** The formats that are known, in the order in which they are tried. */
export const LOG_FORMATS: readonly LogFormat[] = [csvlog, jsonlog, cloudNativePg, stderr];

/** One of LOG_FORMATS. */
export function formatNamed(wanted: string): LogFormat {
  return LOG_FORMATS.find(({ name }) => name === wanted)!;
}
