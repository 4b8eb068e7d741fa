import type { LogLine } from './csvlog-text.js';

/** Writes lines as PostgreSQL's `log_status_format` and `send_message_to_server_log` do. */

/** What of a record's lines is not in a csvlog's. */
export interface PlainLine extends Omit<LogLine, 'message'> {
  message?: string;
  pid?: number;
  /** A process of the server's own, which has no user, database and client. */
  isBackground?: boolean;
  hint?: string;
}

/** @param prefix a `log_line_prefix` */
export function stderrRecord(line: PlainLine, prefix: string): string {
  const head = prefixOf(line, prefix);
  const more = { DETAIL: line.detail, HINT: line.hint, CONTEXT: line.context, STATEMENT: line.query };
  return [[line.severity ?? 'LOG', line.message ?? ''], ...Object.entries(more)]
    .filter(([, text]) => text !== undefined)
    .map(([label, text]) => `${head}${label}:  ${text!.replaceAll('\n', '\n\t')}\n`)
    .join('');
}

function prefixOf(line: PlainLine, prefix: string): string {
  const time = line.time ?? '2025-03-03 10:00:00.000 UTC';
  const values: Record<string, string> = {
    ...{ a: 'psql', u: line.user ?? 'app', d: line.database ?? 'shop', r: '10.0.0.7(50412)', h: '10.0.0.7' },
    ...{
      b: 'client backend',
      p: String(line.pid ?? 4711),
      P: '',
      m: time,
      c: line.session ?? '67c57aa0.1267',
    },
    ...{ t: `${time.slice(0, 19)}${time.slice(23)}`, s: '2025-03-03 09:59:59 UTC', i: 'idle in transaction' },
    ...{ n: (Date.parse(`${time.slice(0, 10)}T${time.slice(11, 23)}Z`) / 1000).toFixed(3) },
    ...{ e: line.sqlState ?? '00000', l: String(line.line ?? 1), v: '3/17', x: '0', Q: '-6883025', '%': '%' },
  };
  if (line.isBackground) for (const letter of 'audrhivP') values[letter] = '';
  if (line.isBackground) values.b = 'checkpointer';
  const shown = line.isBackground ? prefix.split('%q')[0]! : prefix.replace('%q', '');
  return shown.replace(/%(-?)(\d*)([%a-zA-Z])/g, (_, minus, width, letter) =>
    minus ? values[letter]!.padEnd(Number(width)) : values[letter]!.padStart(Number(width)),
  );
}
