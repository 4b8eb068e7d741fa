import { JsonReader, textOf } from './json-records.js';
import { byLines } from './log-lines.js';
import type { LogFormat, LogRecord } from './log-record.js';

/** What CloudNativePG makes of a csvlog: each record is a JSON object, among those of its other programs. */
export const cloudNativePg: LogFormat = byLines({
  name: 'CloudNativePG',
  looksLike: (start) => /\{"level":".*"record":\{"log_time":"/.test(start),
  reader: (handlers) => new JsonReader(handlers, '{"level":"', recordOf),
});

function recordOf({ level, logger, record }: Record<string, unknown>): LogRecord | null | undefined {
  if (logger !== 'postgres' || typeof record !== 'object' || !record) return textOf(level) ? null : undefined;
  const of = (key: string) => textOf((record as Record<string, unknown>)[key]);
  return {
    time: of('log_time'),
    user: of('user_name'),
    database: of('database_name'),
    session: of('session_id'),
    severity: of('error_severity'),
    sqlState: of('sql_state_code'),
    message: of('message'),
    detail: of('detail'),
    context: of('context'),
    query: of('query'),
    backendType: of('backend_type') || undefined,
    virtualTransaction: of('virtual_transaction_id'),
  };
}
