import type { LogLine } from './csvlog-text.js';

/** Writes jsonlog as PostgreSQL's `write_jsonlog` does: nothing that is empty. */
export function jsonlogRecord(line: LogLine): string {
  return `${JSON.stringify({
    timestamp: line.time ?? '2025-03-03 10:00:00.000 UTC',
    user: line.user ?? 'app',
    dbname: line.database ?? 'shop',
    pid: 4711,
    session_id: line.session ?? '67c57aa0.1267',
    line_num: line.line ?? 1,
    error_severity: line.severity ?? 'LOG',
    state_code: line.sqlState,
    message: line.message,
    detail: line.detail,
    context: line.context,
    statement: line.query,
    backend_type: line.backendType ?? 'client backend',
  })}\n`;
}
