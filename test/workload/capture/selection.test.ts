import { describe, expect, it } from 'vitest';
import { LogClock } from '../../../src/workload/capture/log-time.js';
import { at, type LogLine } from './csvlog-text.js';
import { importing } from './importing.js';

const { importLines } = importing();

const statement = (ms: number, session: string, text: string, user = 'app'): LogLine => ({
  time: at(ms),
  session,
  user,
  message: `statement: ${text}`,
});

describe('an import of a part of a log', () => {
  const lines = [
    statement(0, '1.1', 'SELECT 1'),
    statement(1000, '1.1', 'BEGIN'),
    statement(2000, '1.2', 'BEGIN'),
    statement(59_000, '1.3', 'SELECT 3'),
    statement(60_000, '1.1', 'SELECT 11'),
    statement(61_000, '1.1', 'COMMIT'),
    statement(62_000, '1.1', 'SELECT 12'),
    statement(63_000, '1.3', 'BEGIN'),
    statement(119_000, '1.3', 'UPDATE t SET a = 1'),
    statement(120_000, '1.3', 'COMMIT'),
    statement(120_000, '1.4', 'SELECT 4'),
    statement(121_000, '1.2', 'COMMIT'),
  ];

  it('takes transactions whole, by when they began', async () => {
    const { texts, events, summary } = await importLines(lines, {
      from: '2025-03-03 10:01',
      to: '2025-03-03 10:02',
    });
    expect(texts).toEqual(['SELECT 12', 'BEGIN', 'UPDATE t SET a = 1', 'COMMIT']);
    expect(events[0]!.dueUs).toBe(0);
    expect(summary.leftOut).toMatchObject([{ code: 'time', statements: 8 }]);
    expect(summary.readsInReadWriteTransactions).toMatchObject({ reads: 1, inReadWrite: 0 });
    expect((await importLines(lines, { from: '2025-03-03 10:02' })).texts).toEqual(['SELECT 4']);
    expect((await importLines(lines, { to: '2025-03-03T11:00:00.001+01' })).texts).toEqual(['SELECT 1']);
  });

  it('takes the sessions of the users asked for', async () => {
    const users = [
      statement(0, '1.1', 'SELECT 1', 'ann'),
      statement(1, '1.2', 'SELECT 2', 'bob'),
      statement(2, '1.3', 'SELECT 3', 'eve'),
      {
        ...statement(3, '1.2', ''),
        severity: 'ERROR',
        sqlState: '42601',
        message: 'no',
        query: 'SELEC 2',
        user: 'bob',
      },
    ];
    const { texts, summary } = await importLines(users, { users: ['ann', 'eve'] });
    expect(texts).toEqual(['SELECT 1', 'SELECT 3']);
    expect(summary).toMatchObject({ failedInLog: 0, leftOut: [{ code: 'user', statements: 2 }] });
    await expect(importLines(users, { users: ['nobody'] })).rejects.toMatchObject({
      code: 'NOTHING_SELECTED',
      message: expect.stringContaining('Its users are "ann", "bob", "eve"'),
    });
  });

  it('takes whole sessions as a sample, the same ones each time, and says that the rate fell', async () => {
    const many = Array.from({ length: 2000 }, (_, i) =>
      statement(i, `1.${(i % 500).toString(16)}`, `SELECT ${i}`),
    );
    const { events, summary } = await importLines(many, { sampleSessions: 0.1 });
    expect(events.length).toBe(summary.sessions * 4);
    expect(summary.sessions).toBeGreaterThan(25);
    expect(summary.sessions).toBeLessThan(75);
    expect(summary.leftOut).toMatchObject([{ code: 'sample', statements: 2000 - events.length }]);
    expect(summary.warnings).toContainEqual(expect.stringContaining('The trace is a sample'));
    expect((await importLines(many, { sampleSessions: 0.1 })).events).toEqual(events);
    const wider = await importLines(many, { sampleSessions: 0.2 });
    expect(wider.texts).toEqual(expect.arrayContaining(events.map(({ sql }) => sql.text)));
    expect((await importLines(many, { sampleSessions: 1 })).summary.leftOut).toEqual([]);
  });

  it.each([
    [{ from: 'yesterday' }, '--from is no time'],
    [{ to: '2025-02-30 10:00' }, '--to is no time'],
    [{ from: '2025-03-03 11:00', to: '2025-03-03 10:00' }, '--from must be before --to'],
    [{ sampleSessions: 0 }, 'above 0%'],
    [{ sampleSessions: Number.NaN }, 'above 0%'],
  ])('is refused where it is asked for by %j', async (options, words) => {
    await expect(importLines(lines, options)).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringContaining(words),
    });
  });
});

it('a time that a person wrote is in the first zone of the log, or the one that is named', () => {
  const clock = new LogClock();
  const us = clock.toUs('2025-11-30 21:10:00.000 CET');
  for (const time of [
    '2025-11-30 21:10',
    '2025-11-30T20:10:00Z',
    '2025-11-30 20:10 UTC',
    '2025-11-30 22:10:00.0+02:00',
  ])
    expect(clock.ofPerson(time), time).toBe(us);
});
