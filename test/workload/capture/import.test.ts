import { execFile } from 'node:child_process';
import { once } from 'node:events';
import {
  createWriteStream,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BenchError } from '../../../src/machine/errors.js';
import { importLog } from '../../../src/workload/capture/import.js';
import { SKIP_REASONS } from '../../../src/workload/capture/statements.js';
import { formatImportSummary } from '../../../src/workload/capture/summary.js';
import { summarizeTrace } from '../../../src/workload/trace-file.js';
import { at, csvlogRecord, type LogLine } from './csvlog-text.js';
import { importing } from './importing.js';
import { stderrRecord } from './stderr-text.js';

const { pathOf, logOf, importFiles, importLines } = importing();
let files = 0;

async function failure(promise: Promise<unknown>): Promise<BenchError> {
  const error = await promise.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(BenchError);
  return error as BenchError;
}

describe('logs of several servers', () => {
  /** One server's log, in files of a minute each: a session in a transaction all the time. */
  function filesOf(server: string, offsetMs: number, write: (line: LogLine) => string): string[] {
    return [0, 1, 2].map((hour) => {
      const path = pathOf(`${server}-${hour}.log`);
      const line = (ms: number, sql: string) =>
        write({ time: at(hour * 3_600_000 + offsetMs + ms), message: `statement: ${sql}` });
      const texts = [hour === 0 ? 'BEGIN' : `SELECT '${server}'`, `UPDATE ${server} SET n = ${hour}`];
      writeFileSync(path, [line(0, texts[0]!), line(3_000_000, texts[1]!)].join(''));
      return path;
    });
  }

  it.each<[string, (line: LogLine) => string]>([
    ['a csvlog', (line) => csvlogRecord(line)],
    ['a plain log with session ids', (line) => stderrRecord(line, '%m [%p] %c %u@%d ')],
    ['a plain log with process ids', (line) => stderrRecord(line, '%m [%p] %u@%d ')],
  ])('share no session, though they share its name: %s', async (_, write) => {
    const logs = [...filesOf('one', 0, write), ...filesOf('other', 600_000, write)];
    for (const threads of [1, 2]) {
      const { events, summary } = await importFiles(logs, { threads });
      expect(summary).toMatchObject({ sessions: 2, events: 12 });
      for (const server of ['one', 'other']) {
        const own = events.filter(({ sql }) => sql.text.includes(server));
        const begun = events.find(({ sql, session }) => sql.text === 'BEGIN' && session === own[0]!.session)!;
        expect(own.every(({ session }) => session === begun.session)).toBe(true);
        // None waits for a statement of the other server.
        expect(own.map(({ dueUs }) => (dueUs - begun.dueUs) / 1e6)).toEqual([3000, 3600, 6600, 7200, 10_200]);
      }
      expect(summary.warnings.join()).toMatch(
        /Files overlap in time: other-0\.log begins .* share no session/,
      );
    }
  });

  it('that are one in two formats are told to be', async () => {
    const lines = [0, 200_000].map((ms): LogLine => ({ time: at(ms), message: 'statement: SELECT 1' }));
    const logs = [
      logOf(lines.map((line) => csvlogRecord(line)).join('')),
      logOf(lines.map((line) => stderrRecord(line, '%m [%p] %u@%d ')).join(''), 'log'),
    ];
    const { summary } = await importFiles(logs);
    expect(summary.warnings.join()).toContain('(csvlog, stderr), each statement is in the trace twice');
  });
});

it("the statement that a parallel worker failed in is its leader's, whatever the plain log begins with", async () => {
  for (const prefix of ['%m [%p] %c %q%u@%d %e ', '%m [%p] %u@%d %e ', '%m [%p] %b %u@%d %e ']) {
    const query = 'SELECT count(*) / 0 FROM t';
    const error = { severity: 'ERROR', sqlState: '22012', message: 'division by zero', query };
    const worker = {
      ...error,
      isBackground: true,
      pid: 4712,
      session: '67c57aa0.1268',
      user: '',
      database: '',
    };
    const log = [{ message: `statement: ${query}` }, worker, { ...error, context: 'parallel worker' }];
    const text = log.map((line) => stderrRecord({ time: at(0), ...line }, prefix)).join('');
    const { summary, events } = await importFiles([logOf(text, 'log')], { prefix });
    expect(events).toMatchObject([{ sql: { text: query }, failed: '22012' }]);
    expect(summary).toMatchObject({ databases: [{ name: 'shop', statements: 1 }], warnings: [] });
  }
});

describe('importing a csvlog', () => {
  it('says how many records were read, of whatever kind', async () => {
    const { summary } = await importLines([
      { message: 'connection authorized: user=app database=shop' },
      { message: 'statement: SELECT 1' },
      { message: 'duration: 0.100 ms' },
    ]);
    expect(formatImportSummary(summary)[0]).toMatch(/^1 statement of 1 session /);
    expect(formatImportSummary(summary)).toContainEqual(expect.stringMatching(/^Records read: 3\. /));
  });

  it('takes an execution that only its binding was logged of, once', async () => {
    const bind = (ms: number, value: string, duration: string): LogLine => ({
      time: at(ms),
      message: `duration: ${duration} ms  bind s: SELECT $1`,
      detail: `Parameters: $1 = '${value}'`,
    });
    const { events } = await importLines([
      bind(1000, 'a', '900.000'),
      bind(2000, 'b', '700.000'),
      bind(2900, 'c', '600.000'),
      { ...bind(3000, 'c', '1.000'), message: 'duration: 100.000 ms  execute s: SELECT $1' },
      bind(4000, 'd', '600.000'),
      { time: at(4100), message: 'duration: 100.000 ms  statement: SELECT 1' },
      bind(5000, 'e', '600.000'),
    ]);
    expect(events.map(({ dueUs, sql }) => [dueUs / 1000, sql.values?.[0]])).toEqual([
      [0, 'a'],
      [1200, 'b'],
      [2800, 'c'],
      [3300, 'd'],
      [3900, undefined],
      [4300, 'e'],
    ]);
  });

  it('has what was prepared before the log began prepared first, as the DETAIL tells it, and once', async () => {
    const detail = 'prepare: PREPARE find(int) AS SELECT $1;';
    const { texts, summary } = await importLines([
      { time: at(0), message: 'statement: EXECUTE find(7)', detail },
      { time: at(1), message: 'statement: EXPLAIN (ANALYZE) EXECUTE find(8)', detail },
      { time: at(2), message: 'statement: DEALLOCATE find' },
      { time: at(3), message: 'statement: PREPARE find AS SELECT 2' },
      { time: at(4), message: 'statement: EXECUTE find', detail: 'prepare: PREPARE find AS SELECT 2' },
      { time: at(5), message: 'statement: DISCARD ALL' },
      { time: at(6), message: 'statement: EXECUTE find(9)' },
      {
        time: at(7),
        message: 'statement: EXECUTE find(9)',
        detail: 'prepare: BEGIN; PREPARE find AS SELECT 2',
      },
    ]);
    expect(texts).toEqual([
      'PREPARE find(int) AS SELECT $1;\nEXECUTE find(7)',
      'EXPLAIN (ANALYZE) EXECUTE find(8)',
      'DEALLOCATE find',
      'PREPARE find AS SELECT 2',
      'EXECUTE find',
      'DISCARD ALL',
    ]);
    expect(summary.skipped).toEqual([
      { code: 'notPrepared', reason: SKIP_REASONS.notPrepared, statements: 2 },
    ]);
  });

  it('says that reads are missing where only changes were logged at their start', async () => {
    const changes = (n: number): LogLine[] =>
      Array.from({ length: n }, (_, i) => ({ time: at(i), message: `statement: UPDATE t SET a = ${i}` }));
    const slow = { time: at(100), message: 'duration: 134.418 ms  statement: SELECT 1' };
    const warning = expect.stringMatching(/log_statement was "mod"/);
    const warningsOf = async (lines: LogLine[]) => (await importLines(lines)).summary.warnings;
    expect(await warningsOf([...changes(30), slow])).toContainEqual(warning);
    expect(
      await warningsOf([...changes(30), { time: at(99), message: 'statement: BEGIN' }, slow]),
    ).not.toContainEqual(warning);
    expect(await warningsOf([...changes(3), slow])).not.toContainEqual(warning);
  });

  it('takes statements from both settings at once, each of them once', async () => {
    const { summary, events } = await importLines([
      { time: at(0), line: 1, message: 'statement: SELECT 1' },
      { time: at(3), line: 2, message: 'duration: 3.100 ms' },
      { time: at(5), line: 3, message: 'duration: 0.2 ms  parse <unnamed>: SELECT $1' },
      {
        time: at(5),
        line: 4,
        message: 'duration: 0.100 ms  bind p: SELECT $1',
        detail: "Parameters: $1 = 'x'",
      },
      { time: at(5), line: 5, message: 'execute p/c: SELECT $1', detail: "Parameters: $1 = 'x'" },
      { time: at(7), line: 6, message: 'duration: 2.000 ms' },
      {
        time: at(9),
        line: 7,
        message: 'duration: 1.500 ms  execute p: UPDATE t SET a = $1',
        detail: 'parameters: $1 = NULL',
      },
    ]);
    expect(events).toEqual([
      { user: 'app', dueUs: 0, session: 1, category: 'read', priority: 'medium', sql: { text: 'SELECT 1' } },
      {
        dueUs: 5000,
        session: 1,
        category: 'read',
        priority: 'medium',
        sql: { text: 'SELECT $1', values: ['x'] },
      },
      {
        dueUs: 7500,
        session: 1,
        category: 'write',
        priority: 'low',
        sql: { text: 'UPDATE t SET a = $1', values: [null] },
      },
    ]);
    expect(summary).toMatchObject({
      statementsByKind: { SELECT: 2, UPDATE: 1 },
      recordsRead: 7,
      skipped: [],
    });
  });

  it('orders statements by their start although the log is ordered by their ends', async () => {
    const { events } = await importLines([
      { time: at(10_000), session: '1.a', message: 'duration: 1.000 ms  statement: SELECT 1' },
      { time: at(10_001), session: '1.b', message: 'duration: 1.000 ms  statement: SELECT 2' },
      { time: at(10_002), session: '1.c', message: 'duration: 9000.000 ms  statement: SELECT 3' },
    ]);
    expect(events.map((event) => [event.dueUs, event.session, event.sql.text])).toEqual([
      [0, 1, 'SELECT 3'],
      [8_997_000, 2, 'SELECT 1'],
      [8_998_000, 3, 'SELECT 2'],
    ]);
  });

  it('comes out sorted, sessions in their own order, whatever the durations', async () => {
    const line = fc.record({ session: fc.nat(4), step: fc.nat(30), durationUs: fc.nat(90_000) });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 40 }), async (lines) => {
        let now = 0;
        const { events } = await importLines(
          lines.map(({ session, step, durationUs }, i) => {
            now += step;
            const ms = `${Math.floor(durationUs / 1000)}.${String(durationUs % 1000).padStart(3, '0')}`;
            return {
              time: at(now),
              session: `1.${session}`,
              message: `duration: ${ms} ms  statement: SELECT ${i}`,
            };
          }),
        );
        expect(events).toHaveLength(lines.length);
        expect(events[0]!.dueUs).toBe(0);
        const lastOf = new Map<number, number>();
        events.forEach((event, i) => {
          if (i > 0) expect(event.dueUs).toBeGreaterThanOrEqual(events[i - 1]!.dueUs);
          const position = Number(event.sql.text.slice(7));
          expect(position).toBeGreaterThan(lastOf.get(event.session) ?? -1);
          lastOf.set(event.session, position);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('replays the busiest database, or the one asked for, and says so', async () => {
    const lines: LogLine[] = [
      { database: 'crm', user: 'eve', session: '1.1', message: 'statement: SELECT 1' },
      { database: 'shop', user: 'ann', session: '1.2', message: 'statement: SELECT 2' },
      { database: 'shop', user: 'bob', session: '1.3', message: 'statement: SELECT 3' },
    ];
    const { summary, texts } = await importLines(lines);
    expect(texts).toEqual(['SELECT 2', 'SELECT 3']);
    expect(summary.database).toBe('shop');
    expect(summary.databases).toEqual([
      { name: 'shop', statements: 2 },
      { name: 'crm', statements: 1 },
    ]);
    expect(summary.users).toEqual([
      { name: 'ann', statements: 1 },
      { name: 'bob', statements: 1 },
    ]);
    expect(summary.warnings.join()).toContain('2 databases');
    expect((await importLines(lines, { database: 'crm' })).texts).toEqual(['SELECT 1']);
    const error = await failure(importLines(lines, { database: 'nope' }));
    expect(error).toMatchObject({ code: 'UNKNOWN_DATABASE', exitCode: 2 });
    expect(error.message).toContain('"shop" (2)');
  });

  it('keeps statements that failed, logged at their start or known from their error alone', async () => {
    const { summary, texts, events } = await importLines([
      { time: at(0), message: 'statement: SELECT 1/0' },
      { time: at(1), severity: 'ERROR', sqlState: '22012', message: 'division', query: 'SELECT 1/0' },
      { time: at(2), severity: 'ERROR', sqlState: '42601', message: 'syntax error', query: 'SELEC 1' },
      { time: at(3), message: 'duration: 1.000 ms  statement: SELECT 2' },
      {
        time: at(4),
        severity: 'ERROR',
        sqlState: '22P02',
        message: 'bad input',
        query: 'SELECT $1::int',
        context: "unnamed portal with parameters: $1 = 'x'",
      },
      { time: at(5), severity: 'ERROR', message: 'bad input', query: 'SELECT $1::int' },
      { time: at(6), severity: 'WARNING', message: 'there is no transaction', query: 'COMMIT' },
      { time: at(7), severity: 'FATAL', message: 'terminating connection' },
    ]);
    expect(texts).toEqual(['SELECT 1/0', 'SELEC 1', 'SELECT 2', 'SELECT $1::int']);
    expect(events.map(({ failed }) => failed)).toEqual(['22012', '42601', undefined, '22P02']);
    expect(events[3]!.sql.values).toEqual(['x']);
    expect(summary.failedInLog).toBe(4);
    expect(summary.skipped).toMatchObject([
      { code: 'noParameters', reason: SKIP_REASONS.noParameters, statements: 1 },
    ]);
    expect(summary.statementsByKind).toEqual({ SELECT: 3, 'not parseable': 1 });
  });

  it('tells of no statement that it failed where it was another that did', async () => {
    const failed = (ms: number, session: string, query: string): LogLine => {
      return { time: at(ms), session, severity: 'ERROR', sqlState: '57014', message: 'canceled', query };
    };
    const { events } = await importLines([
      { time: at(0), session: '1.1', message: 'statement: SELECT 1' },
      { time: at(1), session: '1.2', message: 'statement: SELECT 1' },
      failed(2, '1.2', 'SELECT 1'),
      { time: at(3), session: '1.1', message: 'execute p: SELECT $1', detail: "Parameters: $1 = 'cut...'" },
      failed(4, '1.1', 'SELECT $1'),
      { time: at(5), session: '1.1', message: 'statement: SELECT 1' },
    ]);
    expect(events.map(({ session, failed }) => [session, failed])).toEqual([
      [1, undefined],
      [2, '57014'],
      [1, undefined],
    ]);
  });

  it('leaves out what a log cannot replay, by reason', async () => {
    const { summary, texts } = await importLines([
      { message: 'statement: COPY t (a, b) FROM STDIN WITH (FORMAT csv)' },
      { message: "statement: COPY t TO '/tmp/t.csv'" },
      { message: "statement: copy t from program 'cat'" },
      { message: 'statement: COPY (SELECT 1) TO STDOUT' },
      { message: 'execute fetch from p/c: SELECT 1' },
      { message: 'fastpath function call: "lo_open" (OID 952)' },
      { message: 'execute p: SELECT $1', detail: "Parameters: $1 = 'abc...'" },
      { message: 'execute p: SELECT $1' },
      { message: 'execute <unnamed>: ' },
    ]);
    expect(texts).toEqual(['COPY (SELECT 1) TO STDOUT']);
    expect(Object.fromEntries(summary.skipped.map(({ reason, statements }) => [reason, statements]))).toEqual(
      {
        [SKIP_REASONS.copyData]: 1,
        [SKIP_REASONS.copyFile]: 2,
        [SKIP_REASONS.fetch]: 1,
        [SKIP_REASONS.fastpath]: 1,
        [SKIP_REASONS.cutParameters]: 1,
        [SKIP_REASONS.noParameters]: 1,
        [SKIP_REASONS.empty]: 1,
      },
    );
  });

  it('reads only what clients did', async () => {
    const { texts } = await importLines([
      {
        database: '',
        user: '',
        message: 'automatic vacuum of table "shop.public.t"',
        backendType: 'autovacuum worker',
      },
      { backendType: 'parallel worker', severity: 'ERROR', message: 'x', query: 'SELECT 1' },
      { backendType: 'walsender', message: 'statement: IDENTIFY_SYSTEM' },
      { message: 'duration: 3.000 ms  plan:\nQuery Text: SELECT 2' },
      { message: 'statement: SELECT 3' },
    ]);
    expect(texts).toEqual(['SELECT 3']);
  });

  it('tells reads inside read-write transactions, and what READ ONLY would give', async () => {
    const inside = [
      'BEGIN',
      'SELECT 1',
      'SELECT 2',
      'COMMIT',
      'BEGIN',
      'SELECT 3',
      'DELETE FROM t',
      'ROLLBACK',
    ];
    const { summary } = await importLines(inside.map((sql) => ({ message: `statement: ${sql}` })));
    expect(summary.readsInReadWriteTransactions).toEqual({
      reads: 3,
      inReadWrite: 3,
      share: 1,
      couldBeReadOnly: 2,
    });
    expect(summary.warnings.join()).toContain('2 of 3 reads');

    const mixed = [
      'BEGIN READ ONLY',
      'SELECT 1',
      'COMMIT',
      'SELECT 2',
      'START TRANSACTION',
      'SELECT 3',
      'END',
    ];
    const second = await importLines(mixed.map((sql) => ({ message: `statement: ${sql}` })));
    expect(second.summary.readsInReadWriteTransactions).toMatchObject({ reads: 3, inReadWrite: 1 });
    expect(second.summary.warnings).toEqual([]);
  });

  it('sees the end of a transaction in a text that does more', async () => {
    const statements = ['BEGIN', 'SELECT 1', 'ROLLBACK; DEALLOCATE ALL', 'SELECT 2'];
    const { summary } = await importLines(statements.map((sql) => ({ message: `statement: ${sql}` })));
    expect(summary.readsInReadWriteTransactions).toMatchObject({ reads: 2, inReadWrite: 1 });
  });

  it('takes a declared category from a comment, but never for a write', async () => {
    const { events } = await importLines([
      { message: "statement: /*app='x',category='analytics'*/ SELECT 1" },
      { message: "statement: SELECT 1 -- category='realtime'" },
      { message: "statement: SELECT 'category=''analytics''', 1" },
      { message: "statement: DELETE FROM t /* category='analytics' */" },
    ]);
    expect(events.map(({ category, priority }) => [category, priority])).toEqual([
      ['analytics', 'high'],
      ['realtime', 'low'],
      ['read', 'medium'],
      ['write', 'low'],
    ]);
  });

  it('reads several files, compressed or not, in the order they were written', async () => {
    const one = csvlogRecord({ time: at(0), message: 'statement: SELECT 1' });
    const two = csvlogRecord({ time: at(1), message: 'statement: SELECT 2' });
    const { texts, summary } = await importFiles([logOf(two), logOf(gzipSync(one), 'csv.gz'), logOf('')]);
    expect(texts).toEqual(['SELECT 1', 'SELECT 2']);
    expect(summary.warnings).toEqual([expect.stringContaining('is empty')]);
  });

  it('counts and locates torn records and takes the rest', async () => {
    const good = csvlogRecord({ message: 'statement: SELECT\n1' });
    const log = logOf(good + good.slice(0, 100) + good + good.slice(0, 120));
    const { texts, summary } = await importFiles([log]);
    expect(texts).toHaveLength(2);
    expect(summary.tornRecords).toMatchObject({ count: 2, first: [{ line: 3 }, { line: 5 }] });
    const broken = gzipSync(Buffer.from(good.repeat(50_000)), { level: 0 });
    const cut = await importFiles([logOf(broken.subarray(0, broken.length - 100_000), 'csv.gz')]);
    expect(cut.texts.length).toBeGreaterThan(40_000);
    expect(cut.summary.tornRecords.first[0]!.reason).toContain('breaks off');
  });

  it('counts and locates records whose time is none, or far off, and takes the rest', async () => {
    const line = (time: string, n: number): LogLine => ({ time, message: `statement: SELECT ${n}` });
    const lines = [
      line(at(0), 1),
      line('2025-13-45 10:00:00.000 UTC', 2),
      line(at(1000), 3),
      line('2097-03-03 10:00:01.500 UTC', 4),
      line(at(2000), 5),
    ];
    const { summary, events } = await importLines(lines);
    expect(events.map(({ dueUs, sql }) => [dueUs / 1000, sql.text])).toEqual([
      [0, 'SELECT 1'],
      [1000, 'SELECT 3'],
      [2000, 'SELECT 5'],
    ]);
    expect(summary).toMatchObject({
      durationS: 2,
      tornRecords: { count: 2, first: [{ line: 2 }, { line: 4 }] },
    });
    expect(summary.warnings.join()).toMatch(
      /2 damaged records were left out, the first at log-\d+\.csv, line 2 \(its time is no date and time\)/,
    );
  });

  it('says where times go back, and where the trace has a long pause, and goes on', async () => {
    const hour = 3600_000;
    const times = [8 * hour, 8 * hour + 1000, 7 * hour, 7 * hour + 1000, 20 * hour];
    const { summary, events } = await importLines(
      times.map((ms, i) => ({ time: at(ms), message: `statement: SELECT ${i}` })),
    );
    expect(events.map(({ dueUs, sql }) => [dueUs / 1e6, sql.text])).toEqual([
      [0, 'SELECT 0'],
      [1, 'SELECT 1'],
      [1, 'SELECT 2'],
      [2, 'SELECT 3'],
      [1 + 13 * 3600, 'SELECT 4'],
    ]);
    expect(summary.longestPause).toEqual({ seconds: 13 * 3600 - 1, line: 6 });
    expect(summary.warnings).toEqual([
      expect.stringMatching(/go back once, the first time by 60 min at log-\d+\.csv, line 3/),
      expect.stringMatching(/longest pause of the trace is 13 h, before its line 6.*--skip-idle/),
    ]);
  });

  it('leaves out a statement that is said to have run for years', async () => {
    const { summary, events } = await importLines([
      { time: at(0), message: 'duration: 1.000 ms  statement: SELECT 1' },
      { time: at(1), message: `duration: ${'9'.repeat(30)}.000 ms  statement: SELECT 2` },
      { time: at(2), message: 'duration: 1.000 ms  statement: SELECT 3' },
    ]);
    expect(events.map(({ dueUs, sql }) => [dueUs, sql.text])).toEqual([
      [0, 'SELECT 1'],
      [2000, 'SELECT 3'],
    ]);
    expect(summary.skipped).toMatchObject([{ code: 'badDuration', statements: 1 }]);
  });

  it('leaves out what RDS has cut short, be it in mid-statement or among its parameters', async () => {
    const cut = '\n [Your log message was truncated]\n';
    const { summary, texts } = await importLines([
      { time: at(0), message: `duration: 1.000 ms  statement: SELECT 1, 2${cut}` },
      { time: at(1), message: `execute <unnamed>: SELECT $1`, detail: `Parameters: $1 = 'a${cut}b'` },
      { time: at(2), message: 'duration: 1.000 ms  statement: SELECT 3' },
    ]);
    expect(texts).toEqual(['SELECT 3']);
    expect(summary.skipped).toMatchObject([{ code: 'cutByRds', statements: 2 }]);
  });

  it('puts files in order although the first time of one is damaged', async () => {
    const lines = (from: number, ...times: string[]) =>
      logOf(
        times.map((time, i) => csvlogRecord({ time, message: `statement: SELECT ${from + i}` })).join(''),
      );
    const first = lines(1, at(0), at(1), at(2));
    const second = lines(4, '1953-03-03 10:00:00.000 UTC', at(4), at(5));
    const { texts, summary } = await importFiles([second, first]);
    expect(texts).toEqual([1, 2, 3, 5, 6].map((n) => `SELECT ${n}`));
    expect(summary.tornRecords).toMatchObject({ count: 1, first: [{ line: 1 }] });
  });

  it('shows no literal outside of the trace', async () => {
    const { summary } = await importLines([
      { message: "statement: INSERT INTO t VALUES ('SECRET-1')" },
      { message: "statement: SELEC 'SECRET-2'" },
      { message: "statement: COPY t FROM '/SECRET-3'" },
      { message: 'execute p: SELECT $1', detail: "Parameters: $1 = 'SECRET-4...'" },
      { severity: 'ERROR', message: 'no "SECRET-5"', query: "SELECT 'SECRET-6'" },
    ]);
    expect(JSON.stringify([summary, formatImportSummary(summary)])).not.toContain('SECRET');
  });

  it('gives the same bytes for the same log', async () => {
    const lines: LogLine[] = ['b', 'a', 'c'].map((name, i) => ({
      time: at(0),
      session: `1.${name}`,
      message: `statement: SELECT ${i}`,
    }));
    expect((await importLines(lines)).summary.sha256).not.toBe('');
    const log = logOf(lines.map((line) => csvlogRecord(line)).join(''));
    const [first, second] = [await importFiles([log]), await importFiles([log])];
    expect(first.summary.sha256).toBe(second.summary.sha256);
  });
});

describe('the trace that is written', () => {
  const statements = (text: string, count: number) =>
    logOf(csvlogRecord({ message: `statement: SELECT '${text}'` }).repeat(count));

  it('is one log’s, where two are imported to it at once', async () => {
    const out = pathOf(`at-once-${++files}`);
    const logs = [statements('one', 3000), statements('two', 3000)];
    const both = await Promise.all(logs.map((log) => importLog({ logFiles: [log], out })));
    const { sha256, events } = await summarizeTrace(out);
    expect(both.map((summary) => summary.sha256)).toContain(sha256);
    expect(events).toBe(3000);
    expect(left()).toEqual([]);
  });

  it('takes the place of a link, and no link that was planted beside it is followed', async () => {
    const out = pathOf(`linked-${++files}`);
    const victim = pathOf(`victim-${files}`);
    writeFileSync(victim, 'not ours');
    const links = ['', '.partial', '.spill', '.tmp'].map((end) => `${out}${end}`);
    for (const link of links) symlinkSync(victim, link);
    // More than is sorted in memory.
    const log = statements('x'.repeat(100_000), 200);
    const { sha256 } = await importLog({ logFiles: [log], out });
    expect(readFileSync(victim, 'utf8')).toBe('not ours');
    expect((await summarizeTrace(out)).sha256).toBe(sha256);
    for (const link of links.slice(1)) rmSync(link);
  });

  it('is for its owner alone, whoever may read the log or could read the older trace', async () => {
    const out = pathOf(`private-${++files}`);
    writeFileSync(out, 'older trace', { mode: 0o644 });
    await importLog({ logFiles: [statements('secret', 1)], out });
    expect(statSync(out).mode & 0o777).toBe(0o600);
  });
});

/** Files of imports that have no name yet. */
function left(): string[] {
  return readdirSync(pathOf('')).filter((name) => /partial|spill/.test(name));
}

describe('a log that cannot be imported', () => {
  const timeless = 'app@shop LOG:  statement: SELECT 1\n'.repeat(3);
  const cases: [string, string, string, RegExp][] = [
    ['is empty', '', 'LOG_EMPTY', /is empty/],
    ['has no times', timeless, 'LOG_FORMAT', /stderr format.*--prefix.*log_destination = 'csvlog'/],
    ['is none at all', 'a,b,c\n1,2,3\n"', 'LOG_FORMAT', /holds no csvlog, .* or stderr record/],
    ['is a trace', '{"schema":"splitbench.trace/1"}', 'LOG_FORMAT', /is a trace already: .*"bench run/],
    ['is a dump', 'PGDMP\u0001', 'LOG_FORMAT', /is a dump of pg_dump.*custom format: .*--snapshot/],
    ['is one in SQL', '--\n-- PostgreSQL database dump\n--\n', 'LOG_FORMAT', /pg_dump in SQL: .*--snapshot/],
    [
      'has no statement',
      csvlogRecord({ message: 'connection received' }),
      'LOG_WITHOUT_STATEMENTS',
      /log_statement = 'all'/,
    ],
    [
      'is in another language',
      csvlogRecord({ severity: 'LOG', message: 'Anweisung: SELECT 1' }) +
        csvlogRecord({ severity: 'FEHLER', message: 'Division durch Null', query: 'SELECT 1/0' }),
      'LOG_WITHOUT_STATEMENTS',
      /lc_messages = 'C'/,
    ],
  ];
  it.each(cases)(
    'because it %s is refused in one sentence, and nothing is written over',
    async (_, text, code, words) => {
      const out = pathOf(`kept-${++files}`);
      writeFileSync(out, 'older trace');
      const error = await failure(importLog({ logFiles: [logOf(text)], out }));
      expect(error).toMatchObject({ code, exitCode: 2 });
      expect(error.message).toMatch(words);
      expect(readFileSync(out, 'utf8')).toBe('older trace');
      expect(left()).toEqual([]);
    },
  );

  it('because it cannot be read, or the trace not be written, is named with the place', async () => {
    const log = logOf(csvlogRecord({ message: 'statement: SELECT 1' }));
    const out = pathOf('never.jsonl');
    const unreadable = await failure(importLog({ logFiles: [pathOf('nowhere.csv')], out }));
    expect(unreadable).toMatchObject({ code: 'LOG_UNREADABLE', exitCode: 2 });
    expect(await failure(importLog({ logFiles: [pathOf('')], out }))).toMatchObject({
      code: 'LOG_UNREADABLE',
    });
    for (const target of [pathOf('no/folder'), log, pathOf(''), '/dev/full']) {
      const error = await failure(importLog({ logFiles: [log], out: target }));
      expect(error).toMatchObject({ code: 'TRACE_UNWRITABLE', exitCode: 2 });
    }
    expect(existsSync(out)).toBe(false);
    expect(readFileSync(log, 'utf8')).toContain('SELECT 1');
  });

  it('because the user interrupts it leaves nothing behind', async () => {
    const log = logOf(csvlogRecord({ message: 'statement: SELECT 1' }).repeat(20_000));
    const controller = new AbortController();
    const out = pathOf('interrupted.jsonl');
    const onProgress = () => controller.abort(new Error('interrupted'));
    await expect(importLog({ logFiles: [log], out, signal: controller.signal, onProgress })).rejects.toThrow(
      'interrupted',
    );
    expect(existsSync(out)).toBe(false);
    expect(left()).toEqual([]);
  });
});

describe('a big log', () => {
  it('is imported with flat memory', async () => {
    const path = pathOf('big.csv');
    const statements = await writeBigLog(path, 60_000_000);
    const { stdout } = await run(process.execPath, importScript(path));
    const { events, rssMb } = JSON.parse(stdout);
    expect(events).toBe(statements);
    expect(rssMb).toBeLessThan(200);
  });

  it('that inflates without an end is given up, with what it held before', async () => {
    const zeros = gzipSync(Buffer.alloc(64 << 20), { level: 1 });
    const record = gzipSync(csvlogRecord({ message: 'statement: SELECT 1' }));
    const bomb = logOf(Buffer.concat([record, ...Array(40).fill(zeros)]), 'csv.gz');
    const { texts, summary } = await importFiles([bomb]);
    expect(texts).toEqual(['SELECT 1']);
    expect(summary.tornRecords.first.map(({ reason }) => reason)).toEqual([
      'a record longer than 32 MiB',
      'no record begins for 1 GiB before it: the rest of the file is left out',
    ]);
  });

  it.skipIf(process.platform === 'win32')('that fills the disk leaves nothing behind', async () => {
    const log = logOf(csvlogRecord({ message: `statement: SELECT '${'x'.repeat(1000)}'` }).repeat(2000));
    // A limit on the size of files, in blocks of 512 or 1024 bytes, stands for the disk.
    const limited = ['-c', 'ulimit -f 1000; exec "$0" "$@"', process.execPath, ...importScript(log)];
    const { stdout } = await run('sh', limited);
    expect(JSON.parse(stdout)).toMatchObject({ code: 'TRACE_UNWRITABLE', exitCode: 2 });
    expect(stdout).toContain('the disk is full');
    expect(existsSync(`${log}.jsonl`)).toBe(false);
    expect(left()).toEqual([]);
  });
});

const run = promisify(execFile);

/** Arguments for a Node that imports a log by itself, as the command does, and prints what came of it. */
function importScript(log: string): string[] {
  const script = `(async () => {
    const { importLog } = await import(process.argv[1]);
    const summary = await importLog({ logFiles: [process.argv[2]], out: process.argv[2] + '.jsonl' }).catch((e) => e);
    const { events, code, exitCode, message } = summary;
    console.log(JSON.stringify({ events, code, exitCode, message, rssMb: process.resourceUsage().maxRSS / 1024 }));
  })()`;
  const built = new URL('../../../dist/workload/capture/import.js', import.meta.url).href;
  return ['-e', script, built, log];
}

/** Durations of up to half a minute among short ones, every literal of its own. */
async function writeBigLog(path: string, bytes: number): Promise<number> {
  const file = createWriteStream(path);
  let written = 0;
  let count = 0;
  while (written < bytes) {
    let text = '';
    for (let i = 0; i < 1000; i++, count++) {
      const ms = count % 997 === 0 ? 30_000 : 0.2;
      text += csvlogRecord({
        time: at(count),
        session: `67c57aa0.${(count % 50).toString(16)}`,
        message:
          count % 2
            ? `duration: ${ms.toFixed(3)} ms  statement: SELECT name, price FROM items WHERE id = ${count}`
            : `duration: ${ms.toFixed(3)} ms  execute p: UPDATE items SET note = $1 WHERE id = $2`,
        detail: count % 2 ? undefined : `Parameters: $1 = 'it''s note\n${count}', $2 = '${count}'`,
      });
    }
    written += text.length;
    if (!file.write(text)) await once(file, 'drain');
  }
  await new Promise<void>((resolve) => file.end(() => resolve()));
  return count;
}
