import { JsonReader, textOf } from './json-records.js';
import { byLines } from './log-lines.js';
import type { LogFormat, LogRecord } from './log-record.js';

/** The server's jsonlog: `log_destination = 'jsonlog'`, since PostgreSQL 15. */
export const jsonlog: LogFormat = byLines({
  name: 'jsonlog',
  looksLike: (start) => /\{"timestamp":".*"error_severity":"/.test(start),
  reader: (handlers) => new JsonReader(handlers, '{"timestamp":"', recordOf),
});

/** Its keys, as the server's `write_jsonlog` names them. It leaves out what is empty, and the state of what did not fail. */
function recordOf(line: Record<string, unknown>): LogRecord | undefined {
  const [time, session, severity] = [line.timestamp, line.session_id, line.error_severity].map(textOf);
  if (!time || !session || !severity) return undefined;
  return {
    time,
    user: textOf(line.user),
    database: textOf(line.dbname),
    session,
    severity,
    sqlState: textOf(line.state_code) || '00000',
    message: textOf(line.message),
    detail: textOf(line.detail),
    context: textOf(line.context),
    query: textOf(line.statement),
    virtualTransaction: textOf(line.vxid),
    backendType: textOf(line.backend_type),
  };
}
