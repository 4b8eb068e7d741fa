import { describe, expect, it } from 'vitest';
import { at, type LogLine } from './csvlog-text.js';
import { importing } from './importing.js';

const { importLines } = importing();

const many = (n: number, line: (i: number) => Partial<LogLine>): LogLine[] =>
  Array.from({ length: n }, (_, i) => ({ time: at(i * 10), message: '', ...line(i) }));
const timed = (ms: number, text: string) => `duration: ${ms}.000 ms  statement: ${text}`;
const warningsOf = async (lines: LogLine[]) => (await importLines(lines)).summary.warnings.join('\n');

describe('what a log leaves out', () => {
  it('is reads, where only changes are logged at their start: no word of a replica then', async () => {
    const few = await warningsOf(many(3, (i) => ({ message: `statement: UPDATE t SET a = ${i}` })));
    expect(few).toContain('The log holds no reads, perhaps because the server was not asked to log them');
    expect(few).not.toContain('could be answered by a replica');
    const whole = await warningsOf(
      many(30, (i) => ({ message: `statement: ${i % 2 ? 'COMMIT' : 'BEGIN'}` })),
    );
    expect(whole).toContain('None of the 30 statements could be answered by a replica');
  });

  it('is nothing, where changes are logged at their start and all else at its end', async () => {
    const both = many(60, (i) => ({
      message:
        i % 2 ? `duration: 0.${100 + i} ms  statement: SELECT ${i}` : `statement: UPDATE t SET a = ${i}`,
    }));
    expect(await warningsOf(both)).toBe('');
  });

  it('is all that is fast, under a limit of the duration', async () => {
    const slow = many(30, (i) => ({ message: timed(250 + i, `SELECT ${i}`) }));
    expect(await warningsOf(slow)).toMatch(/less than 250 ms.*record with log_min_duration_statement = 0/);
  });

  it('is all that succeeds, where only errors are logged', async () => {
    const errors = many(5, (i) => ({
      severity: 'ERROR',
      sqlState: '22012',
      message: 'no',
      query: `SELECT ${i}/0`,
    }));
    expect(await warningsOf(errors)).toContain('only errors were logged');
  });

  it('shows in transactions without their other end, where statements are sampled', async () => {
    const texts = ['BEGIN', 'SELECT 1', 'UPDATE t SET a = 1', 'COMMIT'];
    const line = (i: number) => ({ message: `duration: 0.100 ms  statement: ${texts[i % 4]}` });
    expect(await warningsOf(many(400, line))).not.toContain('lack their counterpart');
    const sampled = many(400, line).filter((_, i) => (i * 7919) % 10 < 3);
    expect(await warningsOf(sampled)).toMatch(/lack their counterpart, as when statements are sampled/);
  });

  it("shows in the numbers of a session's transactions, where these are sampled", async () => {
    const line = (i: number) => ({
      message: `execute p: SELECT ${i}`,
      // Every third comes with one of its own that prepares it.
      virtualTransaction: `3/${17 + i + Math.floor(i / 3)}`,
    });
    expect(await warningsOf(many(300, line))).toBe('');
    const sampled = many(300, line).filter((_, i) => i % 10 === 0);
    expect(await warningsOf(sampled)).toMatch(/shows 29 of \d+ transactions.*log_transaction_sample_rate/);
  });

  it('is told by the server, where a setting was changed', async () => {
    const changed = (name: string, value: string): LogLine => {
      return {
        database: '',
        backendType: 'postmaster',
        message: `parameter "${name}" changed to "${value}"`,
      };
    };
    const read = { message: 'statement: SELECT 1' };
    expect(await warningsOf([read, changed('log_transaction_sample_rate', '0.1'), read])).toContain(
      'log_transaction_sample_rate was set to "0.1"',
    );
    expect(await warningsOf([changed('log_min_duration_statement', '0'), read])).toBe('');
  });
});

it('a plan of auto_explain is counted, and changes nothing of its statement', async () => {
  const { events, summary } = await importLines([
    { time: at(1000), message: timed(1, 'SELECT 1') },
    {
      time: at(3000),
      message: 'duration: 1500.000 ms  plan:\nQuery Text: SELECT 2\nResult  (cost=0.00..0.01)',
    },
    { time: at(3000), message: timed(1500, 'SELECT 2') },
  ]);
  expect(events.map(({ dueUs }) => dueUs / 1000)).toEqual([0, 501]);
  expect(summary.skipped).toMatchObject([{ code: 'plan', statements: 1 }]);
});

it('an empty statement is no read', async () => {
  const { summary } = await importLines([
    { message: 'statement: ' },
    { message: 'statement: ;' },
    { message: 'statement: SELECT 1' },
  ]);
  expect(summary.readsInReadWriteTransactions.reads).toBe(1);
  expect(summary.skipped).toMatchObject([{ code: 'empty', statements: 2 }]);
});
