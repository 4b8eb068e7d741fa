import { existsSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { importLog } from '../../../src/workload/capture/import.js';
import { at, csvlogRecord, type LogLine } from './csvlog-text.js';
import { importing } from './importing.js';
import { type PlainLine, stderrRecord } from './stderr-text.js';

const { importFiles, logOf, pathOf } = importing();

const line = fc.record({
  session: fc.nat(6),
  step: fc.nat(3),
  what: fc.constantFrom<LogLine[]>(
    { message: 'statement: SELECT 1' },
    { message: 'statement: BEGIN' },
    { message: 'statement: COMMIT' },
    { message: "execute p: UPDATE t SET a = $1, b = 'ü'", detail: "Parameters: $1 = 'x'" },
    { message: 'execute p: SELECT $1' },
    { message: 'duration: 2.500 ms  statement: SELECT 2' },
    { message: 'duration: 1.000 ms  bind p: SELECT $1', detail: "Parameters: $1 = 'y'" },
    { severity: 'ERROR', sqlState: '22012', message: 'division by zero', query: 'SELECT 1' },
    { message: 'starting PostgreSQL 17.7 on x86', database: '', user: '' },
    { severity: 'FEHLER', message: 'Division durch Null' },
  ),
  damage: fc.constantFrom('', '', '', '', '', 'torn\n', 'torn, "open\n'),
});

it('in threads, each for some of the sessions, comes to the same trace and the same words', async () => {
  const logs = fc.sample(fc.array(line, { minLength: 300, maxLength: 300 }), { numRuns: 2, seed: 18 });
  const files = logs.map((lines, file) => {
    let now = file * 1000;
    const text = lines.map(({ session, step, what, damage }) => {
      now += step;
      const database = session === 6 ? 'crm' : 'shop';
      return csvlogRecord({ time: at(now), session: `1.${session}`, database, ...what }) + damage;
    });
    return logOf(text.join(''));
  });
  const [alone, together] = [
    await importFiles(files, { threads: 1 }),
    await importFiles(files, { threads: 3 }),
  ];
  expect(together.summary).toEqual(alone.summary);
  expect(alone.summary.sessions).toBe(6);
  expect(alone.summary.databases).toHaveLength(2);
  expect(alone.summary.tornRecords.count).toBeGreaterThan(10);
});

const plainLine = fc.record({
  pid: fc.nat(6),
  step: fc.nat(3),
  what: fc.constantFrom<PlainLine>(
    { message: 'statement: SELECT 1' },
    { message: 'statement: BEGIN' },
    { message: 'duration: 2.500 ms  statement: SELECT 2' },
    { severity: 'ERROR', message: 'division by zero', query: 'SELECT 1' },
    { message: 'connection received: host=[local]' },
    { message: 'connection authorized: user=app database=shop' },
    { message: 'connection authorized: user=clerk database=crm' },
    { message: 'disconnection: session time: 0:00:01.000 user=app database=shop host=[local]' },
  ),
});

it.each(['%m [%p] ', '%m %c ', '%m [%p] %u ', '%m %u@%d '])(
  'in threads, a plain log comes to the same although its lines say little: %s',
  async (prefix) => {
    let now = 0;
    const [lines] = fc.sample(fc.array(plainLine, { minLength: 600, maxLength: 600 }), {
      numRuns: 1,
      seed: 18,
    });
    const text = lines!.map(({ pid, step, what }) => {
      now += step;
      return stderrRecord({ time: at(now), pid: 4711 + pid, session: `1.${pid}`, ...what }, prefix);
    });
    const log = logOf(text.join(''), 'log');
    const [alone, together] = [
      await importFiles([log], { prefix, threads: 1 }),
      await importFiles([log], { prefix, threads: 3 }),
    ];
    expect(together.summary).toEqual(alone.summary);
    expect(alone.summary.databases.length).toBeGreaterThan(0);
  },
);

it('in threads is refused in the same words, and ends where the user interrupts it', async () => {
  const log = logOf(csvlogRecord({ message: 'statement: SELECT 1' }).repeat(20_000));
  const out = pathOf('never.trace');
  const options = { logFiles: [log], out, threads: 2 };
  await expect(
    importLog({ ...options, from: '2025-03-03 11:00', to: '2025-03-03 10:00' }),
  ).rejects.toMatchObject({
    name: 'BenchError',
    code: 'OPTION_INVALID',
    exitCode: 2,
    message: expect.stringMatching(/^--from must be before --to/),
  });
  const controller = new AbortController();
  const onProgress = () => controller.abort(new Error('interrupted'));
  await expect(importLog({ ...options, signal: controller.signal, onProgress })).rejects.toThrow(
    'interrupted',
  );
  expect(existsSync(out)).toBe(false);
  expect(readdirSync(pathOf('')).filter((name) => name.includes('partial'))).toEqual([]);
});
