import type { LogFormat, LogRecord } from '../../../src/workload/capture/log-record.js';

/** What a format's reader tells of a file that comes in chunks. */
export function readAll(format: LogFormat, bytes: Buffer, chunkSize = bytes.length || 1, prefix?: string) {
  const records: LogRecord[] = [];
  const lines: number[] = [];
  const torn: { line: number; reason: string }[] = [];
  const reader = format.reader(
    {
      record(record, line) {
        records.push(record);
        lines.push(line);
      },
      torn: (line, reason) => torn.push({ line, reason }),
    },
    prefix,
  );
  for (let from = 0; from < bytes.length; from += chunkSize)
    reader.push(bytes.subarray(from, from + chunkSize));
  reader.end();
  return { records, lines, torn, messages: records.map(({ message }) => message), lacks: reader.lacks };
}
