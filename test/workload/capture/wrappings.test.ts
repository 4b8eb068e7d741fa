import { describe, expect, it } from 'vitest';
import { cloudNativePg } from '../../../src/workload/capture/cloudnativepg.js';
import { jsonlog } from '../../../src/workload/capture/jsonlog.js';
import type { LogFormat } from '../../../src/workload/capture/log-record.js';
import { stderr } from '../../../src/workload/capture/stderr.js';
import { at } from './csvlog-text.js';
import { readAll } from './read-all.js';
import { type PlainLine, stderrRecord } from './stderr-text.js';

const PREFIX = '%m [%p] %q%u@%d %e ';
const STATEMENTS: PlainLine[] = [
  { isBackground: true, pid: 1, message: 'starting PostgreSQL 17.7 on x86_64' },
  { time: at(1), message: 'statement: SELECT \'#011223\', "a"\n  FROM t\n\n\tWHERE true' },
  { time: at(2), message: `statement: SELECT '${'lang und länger '.repeat(100)}', ${'x'.repeat(3000)}` },
  { time: at(3), message: 'execute <unnamed>: SELECT $1', detail: "Parameters: $1 = 'two\nlines'" },
  { time: at(4), severity: 'ERROR', sqlState: '42601', message: 'syntax error', query: 'SELEC\n1' },
  { time: at(5), pid: 4712, message: 'statement: COMMIT' },
];
const plain = STATEMENTS.map((line) => stderrRecord(line, PREFIX));
const unwrapped = read(stderr, plain.join('')).records;

function read(format: LogFormat, text: string) {
  expect(format.looksLike(text)).toBe(true);
  return readAll(format, Buffer.from(text), 1000);
}

const linesOf = (text: string) => text.replace(/\n$/, '').split('\n');
const TIME = '2025-03-03T10:00:00.123456789Z';

/** Kubernetes: at most 1000 bytes to a piece, to have some. */
function inContainer(line: string): string {
  const pieces = line.match(/.{1,1000}/gs) ?? [''];
  return pieces.map((piece, i) => `${TIME} stderr ${i < pieces.length - 1 ? 'P' : 'F'} ${piece}\n`).join('');
}

function inDocker(line: string): string {
  const pieces = `${line}\n`.match(/.{1,1000}/gs) ?? [];
  return pieces.map((log) => `${JSON.stringify({ log, stream: 'stderr', time: TIME })}\n`).join('');
}

/** As the server's `write_syslog` cuts a record, and a daemon writes the pieces down. */
function syslogPieces(record: string): string[] {
  const pieces: string[] = [];
  for (const line of linesOf(record)) {
    for (let rest = Buffer.from(line); rest.length > 0; ) {
      let cut = Math.min(rest.length, 900);
      while (cut < rest.length && (rest[cut]! & 0xc0) === 0x80) cut--;
      const space = rest.subarray(0, cut).lastIndexOf(' ');
      if (cut < rest.length && rest[cut] !== 0x20 && space > 0) cut = space;
      pieces.push(rest.subarray(0, cut).toString().replaceAll('\t', '#011'));
      rest = rest.subarray(cut);
    }
  }
  return pieces;
}

function inSyslog(record: string, { head, pid, seq }: { head: string; pid: number; seq: number }): string[] {
  return syslogPieces(record).map((piece, i) => `${head}postgres[${pid}]: [${seq}-${i + 1}] ${piece}\n`);
}

const cloud = (textPayload: string) =>
  `${JSON.stringify({ insertId: 's=1', logName: 'postgres.log', textPayload, timestamp: TIME })}\n`;

describe('a plain log comes out of', () => {
  const everyLine = (wrap: (line: string) => string) => plain.flatMap(linesOf).map(wrap).join('');
  it.each([
    ["Kubernetes' files", everyLine(inContainer)],
    ['kubectl logs --timestamps', everyLine((line) => `${TIME} ${line}\n`)],
    ["Docker's files", everyLine(inDocker)],
    ['Docker within Kubernetes', everyLine((line) => linesOf(inDocker(line)).map(inContainer).join(''))],
    ['Cloud Logging, record by record', plain.map((record) => cloud(record.trimEnd())).join('')],
    ['Cloud Logging, line by line', everyLine(cloud)],
  ])('%s as the server wrote it', (_, text) => {
    const { records, torn } = read(stderr, text);
    expect(records).toEqual(unwrapped);
    expect(torn).toEqual([]);
  });

  it.each([
    ['rsyslog', 'Mar  3 10:00:00 db '],
    ['rsyslog, with times in ISO 8601', '2025-03-03T10:00:00.123456+01:00 db '],
    ['a relay', '<134>Mar  3 10:00:00 db.example.com '],
  ])('%s, though several processes write at once', (_, head) => {
    const messages = plain.map((record, i) => inSyslog(record, { head, pid: 100 + i, seq: 7 }));
    const mingled: string[] = [];
    for (let i = 0; messages.some((lines) => i < lines.length); i++) {
      for (const lines of messages) mingled.push(...lines.slice(i, i + 1));
      mingled.push(`${head}sshd[7]: Accepted publickey for root\n`);
    }
    const { records, torn } = read(stderr, mingled.join(''));
    expect(records).toEqual(unwrapped);
    expect(torn).toEqual([]);
  });

  it('a journal, whose lines are not numbered', () => {
    const head = 'Mar 03 10:00:00 db postgres';
    const [first, second] = [plain[1]!, plain[4]!].map(linesOf);
    const lines = [`${head}[1]: ${first![0]}`, `${head}[2]: ${second![0]}`];
    for (let i = 1; i < 4; i++) {
      if (first![i] !== undefined) lines.push(`${head}[1]: ${first![i]}`);
      if (second![i] !== undefined) lines.push(`${head}[2]: ${second![i]}`);
    }
    const { records, torn } = read(stderr, `${lines.join('\n')}\n`);
    expect(records.map(({ message }) => message)).toEqual([unwrapped[1]!.message, unwrapped[4]!.message]);
    expect(records[1]!.query).toBe('SELEC\n1');
    expect(torn).toEqual([]);
  });
});

it('what a line lacks is taken from its wrapping: the time, and the process', () => {
  const lines = ['one', 'two', 'one'].map((body, i) =>
    inSyslog(`u@shop LOG:  statement: SELECT ${i}\n`, {
      head: 'Nov 26 12:00:00 db ',
      pid: body === 'one' ? 1 : 2,
      seq: i,
    }),
  );
  const { records, lacks } = read(stderr, lines.flat().join(''));
  expect(records.map(({ time }) => time.slice(4))).toEqual(Array(3).fill('-11-26 12:00:00.000 UTC'));
  expect(records[0]!.session).toBe(records[2]!.session);
  expect(records[0]!.session).not.toBe(records[1]!.session);
  expect([...lacks!]).toEqual(['milliseconds']);
});

it('a line that is broken in its wrapping costs its record, and no other', () => {
  const lines = plain.flatMap(linesOf).map(inDocker);
  const { records, torn } = read(stderr, [lines[0], lines[1], '{"log":"', '\n', ...lines.slice(2)].join(''));
  expect(records).toEqual(unwrapped.filter((_, i) => i !== 1));
  expect(torn).toHaveLength(1);
});

const OBJECT = {
  ...{
    log_time: at(1),
    user_name: 'app',
    database_name: 'shop',
    process_id: '72',
    session_id: '608be681.19',
  },
  ...{
    error_severity: 'LOG',
    sql_state_code: '00000',
    message: 'statement: SELECT 1',
    detail: '',
    context: '',
  },
  ...{ query: '', backend_type: 'client backend' },
};
const record = { level: 'info', ts: TIME, logger: 'postgres', msg: 'record', record: OBJECT };

it('CloudNativePG’s records are read among what its other programs say, in Kubernetes’ files too', () => {
  const other = { level: 'info', ts: TIME, logger: 'instance-manager', msg: 'Starting', version: '1.25' };
  const text = [other, record, record].map((line) => `${JSON.stringify(line)}\n`).join('');
  for (const log of [text, linesOf(text).map(inContainer).join('')]) {
    const { records, torn } = read(cloudNativePg, log);
    expect(torn).toEqual([]);
    expect(records).toHaveLength(2);
    expect(records[0]).toEqual({
      ...{ time: at(1), user: 'app', database: 'shop', session: '608be681.19', severity: 'LOG' },
      ...{ sqlState: '00000', message: 'statement: SELECT 1', detail: '', context: '', query: '' },
      ...{ backendType: 'client backend', virtualTransaction: '' },
    });
  }
});

it('a jsonlog that a container prints is read, too', () => {
  const line = { timestamp: at(1), session_id: '1.1', error_severity: 'LOG', message: 'statement: SELECT 1' };
  expect(read(jsonlog, inDocker(JSON.stringify(line))).messages).toEqual(['statement: SELECT 1']);
});
