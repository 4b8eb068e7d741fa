/** Writes csvlog as PostgreSQL's syslogger does: strings quoted, numbers and NULL bare. */

export interface LogLine {
  time?: string;
  user?: string;
  database?: string;
  session?: string;
  line?: number;
  severity?: string;
  sqlState?: string;
  message: string;
  detail?: string;
  hint?: string;
  context?: string;
  query?: string;
  virtualTransaction?: string;
  application?: string;
  backendType?: string;
}

const quoted = (text: string | undefined) => (text === undefined ? '' : `"${text.replaceAll('"', '""')}"`);

/** @param width 23 columns as before PostgreSQL 13, 24 as in 13, 26 since 14 */
export function csvlogRecord(line: LogLine, width: 23 | 24 | 26 = 26): string {
  const columns = [
    line.time ?? '2025-03-03 10:00:00.000 UTC',
    quoted(line.user ?? 'app'),
    quoted(line.database ?? 'shop'),
    '4711',
    quoted('127.0.0.1:50412'),
    line.session ?? '67c57aa0.1267',
    String(line.line ?? 1),
    quoted('SELECT'),
    '2025-03-03 09:59:59 UTC',
    line.virtualTransaction ?? '3/0',
    '0',
    line.severity ?? 'LOG',
    line.sqlState ?? '00000',
    quoted(line.message),
    quoted(line.detail),
    quoted(line.hint),
    '',
    '',
    quoted(line.context),
    quoted(line.query),
    '',
    '',
    quoted(line.application ?? 'psql'),
    quoted(line.backendType ?? 'client backend'),
    '',
    '-6883025',
  ];
  return `${columns.slice(0, width).join(',')}\n`;
}

/** `2025-03-03 10:00:00.000 UTC` and so many milliseconds. */
export function at(ms: number, zone = 'UTC'): string {
  const time = new Date(Date.UTC(2025, 2, 3, 10) + ms).toISOString();
  return `${time.slice(0, 10)} ${time.slice(11, 23)} ${zone}`;
}
