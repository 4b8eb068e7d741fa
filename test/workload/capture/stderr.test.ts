import { describe, expect, it } from 'vitest';
import { stderr } from '../../../src/workload/capture/stderr.js';
import { at } from './csvlog-text.js';
import { importing } from './importing.js';
import { readAll } from './read-all.js';
import { type PlainLine, stderrRecord } from './stderr-text.js';

const DEFAULT = '%m [%p] ';
const log = (lines: PlainLine[], prefix = DEFAULT) =>
  lines.map((line) => stderrRecord(line, prefix)).join('');
const read = (text: string, prefix?: string) => readAll(stderr, Buffer.from(text), undefined, prefix);

/** A server that starts, a client that connects, works and leaves. */
const DAY: PlainLine[] = [
  { isBackground: true, pid: 55, message: 'starting PostgreSQL 17.7 on x86_64' },
  { user: '[unknown]', database: '[unknown]', message: 'connection received: host=10.0.0.7 port=50412' },
  { message: 'connection authorized: user=app database=shop application_name=psql' },
  { message: 'duration: 0.100 ms  parse s: SELECT $1,\n\t2' },
  { message: 'duration: 0.200 ms  execute s: SELECT $1,\n\t2', detail: "Parameters: $1 = 'two\nlines'" },
  {
    ...{ severity: 'ERROR', sqlState: '22012', message: 'division by zero', hint: 'Don’t.' },
    ...{ context: 'SQL function "f"', query: 'SELECT\n  1/0' },
  },
  { isBackground: true, pid: 57, message: 'checkpoint starting: time' },
  { message: 'disconnection: session time: 0:00:00.170 user=app database=shop host=10.0.0.7 port=50412' },
];

describe('a plain log', () => {
  it('has its lines put together to records, and tabs taken off where they were put in', () => {
    const { records, lines, torn } = read(log(DAY));
    expect(torn).toEqual([]);
    expect(lines).toEqual([1, 2, 3, 4, 6, 10, 15, 16]);
    expect(records[3]).toMatchObject({ message: 'duration: 0.100 ms  parse s: SELECT $1,\n\t2' });
    expect(records[4]).toMatchObject({ detail: "Parameters: $1 = 'two\nlines'" });
    expect(records[5]).toMatchObject({
      ...{ severity: 'ERROR', message: 'division by zero', context: 'SQL function "f"' },
      query: 'SELECT\n  1/0',
    });
  });

  it.each(['%m [%p] %i %u@%d ', '%m [%p] %b %u@%d ', '%m %b %i %u %d '])(
    'has fields of several words, beside others: %s',
    (prefix) => {
      const { records } = read(log([{ message: 'statement: SELECT 1' }], prefix), prefix);
      expect(records).toMatchObject([{ user: 'app', database: 'shop' }]);
      if (prefix.includes('%b')) expect(records).toMatchObject([{ backendType: 'client backend' }]);
    },
  );

  // Each as some server has it: the default, Debian's, RDS's, Cloud SQL's, Azure's, pgBadger's, pgreplay's, and odd ones.
  it.each([
    ['%m [%p] ', ['sqlStates']],
    ['%m [%p] %q%u@%d ', ['sqlStates']],
    ['%t:%r:%u@%d:[%p]:', ['sqlStates', 'milliseconds']],
    ['%m:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a', []],
    ['%n [%p] %s %u@%d ', ['sqlStates']],
    ['%m [%p]: [%l-1] db=%d,user=%u ', ['sqlStates']],
    ['%t-%c-', ['sqlStates', 'milliseconds']],
    ['%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ', ['sqlStates', 'milliseconds']],
    ['%m|%u|%d|%c|', ['sqlStates']],
    ['%m|%d|%u|%c|', ['sqlStates']],
    ['< %m %e %c >', []],
    ['%n %p %e %q(%d %u) ', []],
    ['%m [%p] %-10u %12d %a %e ', []],
    ['%m %b[%p] %v %x %i %e %Q %s %h %q%u@%d ', []],
    ['%m %u@%d 100%% [%p] %e: ', []],
  ])('is read by a prefix that its lines show: %s', (prefix, lacks) => {
    const { records, torn, lacks: missing } = read(log(DAY, prefix));
    expect(torn).toEqual([]);
    expect(records.map(({ message }) => message)).toEqual(DAY.map(({ message }) => message));
    const ofClient = records.filter((_, i) => DAY[i]!.pid === undefined && i > 1);
    for (const { user, database, session } of ofClient) {
      expect([user, database]).toEqual(['app', 'shop']);
      expect(session).toBe(ofClient[0]!.session);
    }
    expect(records[0]!.database).toBe('');
    for (const { time } of records) expect(time).toBe('2025-03-03 10:00:00.000 UTC');
    expect([...missing!].sort()).toEqual(lacks.sort());
    expect(records[5]!.sqlState).toBe(lacks.includes('sqlStates') ? '' : '22012');
    const given = read(log(DAY, prefix), prefix).records.filter((_, i) => DAY[i]!.pid === undefined && i > 1);
    expect(given).toMatchObject(
      ofClient.map((record) => ({
        ...record,
        session: expect.any(String),
        backendType: given[0]!.backendType,
      })),
    );
  });

  it('is read by the prefix that is given, even where its lines show nothing', () => {
    const odd = 'the%pt%uh%d%m';
    const { records } = read(log([{ message: 'statement: SELECT 1' }], odd), odd);
    expect(records).toMatchObject([{ user: 'app', database: 'shop', message: 'statement: SELECT 1' }]);
    expect(() => read(log([{ message: 'hi' }], '%u '), '%u ')).toThrow(
      expect.objectContaining({ code: 'LOG_PREFIX', message: expect.stringContaining('has no time') }),
    );
  });

  it('tells what it lacks only of what a replay would need', () => {
    const statement: PlainLine = { message: 'statement: SELECT 1' };
    const lacks = (lines: PlainLine[], prefix: string) => [...read(log(lines, prefix)).lacks!].sort();
    expect(lacks([statement], '%m [%p] ')).toEqual(['database', 'user']);
    expect(lacks([statement], '%m %u %d ')).toEqual(['sessions']);
    expect(lacks([statement], '%m %r %u %d ')).toEqual([]);
    const local = stderrRecord(statement, '%m [local] %u %d ');
    expect([...read(local, '%m %r %u %d ').lacks!]).toEqual(['sessions']);
    expect(lacks([{ isBackground: true, message: 'checkpoint starting: time' }], '%t ')).toEqual([]);
  });

  it('has lines of the server’s own processes, which end at a %q, long after its beginning', () => {
    const statements: PlainLine[] = Array.from({ length: 4000 }, (_, i) => ({
      message: `statement: SELECT ${i}`,
    }));
    const checkpoint: PlainLine = { isBackground: true, pid: 57, message: 'checkpoint starting: time' };
    const lines = [
      ...statements,
      checkpoint,
      { isBackground: true, message: 'restored log file', detail: 'd' },
      ...statements,
    ];
    const { messages, records, torn } = read(log(lines, '%m [%p] %c %q%u@%d %e '));
    expect(torn).toEqual([]);
    expect(messages).toEqual(lines.map(({ message }) => message));
    expect(records[4000]).toMatchObject({ user: '', database: '' });
    expect(records[4001]).toMatchObject({ detail: 'd' });
  });

  describe('whose log_line_prefix is changed while it is written', () => {
    const [BEFORE, AFTER] = ['%m [%p] ', '%m [%p] %q%u@%d %e '];
    const statements = (from: number, to: number): PlainLine[] =>
      Array.from({ length: to - from }, (_, i) => ({
        message: `statement: SELECT ${from + i}`,
        detail: 'a\nb',
      }));
    const all = statements(0, 300).map(({ message }) => message);

    it.each([
      ['found', undefined],
      ['given', BEFORE],
    ])('goes on by the new one, the first being %s', (_, given) => {
      const { messages, records, lines, torn } = read(
        log(statements(0, 150), BEFORE) + log(statements(150, 300), AFTER),
        given,
      );
      expect(messages).toEqual(all);
      expect(torn).toEqual([]);
      expect(records[149]).toMatchObject({ user: '', detail: 'a\nb' });
      expect(records[150]).toMatchObject({ user: 'app', database: 'shop', detail: 'a\nb' });
      expect(lines[299]).toBe(299 * 3 + 1);
    });

    it('loses none of the lines that processes write by the old one for a while', () => {
      const late = statements(150, 180).map((line, i) => log([line], i % 3 === 0 ? AFTER : BEFORE));
      const text = log(statements(0, 150), BEFORE) + late.join('') + log(statements(180, 300), AFTER);
      const { messages, torn } = read(text, BEFORE);
      expect(messages).toEqual(all);
      expect(torn).toEqual([]);
    });

    it('is said to be damaged where too few lines begin with it to tell', () => {
      const { messages, torn } = read(
        log(statements(0, 150), BEFORE) + log(statements(150, 153), AFTER),
        BEFORE,
      );
      expect(messages).toEqual(all.slice(0, 149));
      expect(torn).toEqual([{ line: 448, reason: 'a line that is no part of the record before it' }]);
    });

    it('is told with the line and the prefix, so that a wrong one is seen', async () => {
      const path = logOf(
        log(statements(0, 150), BEFORE) +
          log(
            statements(150, 300).map((line) => ({ ...line, pid: 4712 })),
            AFTER,
          ),
      );
      const { summary } = await importFiles([path], { prefix: BEFORE, database: 'shop' });
      expect(summary.linePrefixes).toEqual([BEFORE, '%m [%p] %u@%d %e ']);
      expect(summary.warnings).toContainEqual(
        expect.stringMatching(
          /^From line 451 of .* begin with another log_line_prefix, read as '%m \[%p\] %u@%d %e '/,
        ),
      );
      expect(summary.events).toBe(150);
    });

    it.each([
      ['tell whose they are', '%m [%p] ', '%m [%p] %q%u@%d ', 150],
      ['tell whose they are, beside their session', '%m %c ', '%m %c %u@%d ', 150],
      ['no longer tell whose they are', '%m [%p] %q%u@%d ', '%m [%p] ', 300],
    ])('has sessions go on in lines that %s', async (_, before, after, events) => {
      const path = logOf(log(statements(0, 150), before) + log(statements(150, 300), after), 'log');
      const { summary, texts } = await importFiles([path], { database: 'shop', prefix: before });
      expect(summary).toMatchObject({ database: 'shop', events, sessions: 1 });
      expect(summary.users).toEqual([{ name: 'app', statements: events }]);
      expect(texts).toEqual(all.slice(300 - events).map((message) => message!.slice('statement: '.length)));
      if (events < 300)
        expect(summary.databases).toContainEqual({ name: '[unknown]', statements: 300 - events });
    });
  });

  it('has another session where a process id comes back, and where its user changes', () => {
    const one = { message: 'statement: SELECT 1' };
    const end = { message: 'disconnection: session time: 0:00:00.170 user=app database=shop host=[local]' };
    const begin = { user: '[unknown]', database: '[unknown]', message: 'connection received: host=[local]' };
    const { records } = read(
      log([one, one, end, one, begin, one, { ...one, user: 'other' }], '%m [%p] %u@%d '),
    );
    const names = [...new Set(records.map(({ session }) => session))];
    expect(records.map(({ session }) => names.indexOf(session))).toEqual([0, 0, 0, 1, 2, 2, 3]);
  });

  it('loses the record that a line is missing of or strange in, and no other', () => {
    const statement = (n: number): PlainLine => ({ time: at(n), message: `statement: SELECT\n${n}\nFROM t` });
    const whole = [1, 2, 3, 4].map((n) => stderrRecord(statement(n), DEFAULT));
    const strange = whole[1]!.replace('\n\t2', '\ncp: cannot stat');
    const { messages, torn } = read([whole[0], strange, whole[2]].join(''));
    expect(messages).toEqual([1, 3].map((n) => statement(n).message));
    expect(torn).toEqual([{ line: 4, reason: 'a line that is no part of the record before it' }]);
    // A file may begin in the middle of a record.
    const cut = read(
      `\tFROM t\n${stderrRecord({ query: 'SELECT 1', severity: 'DETAIL' }, DEFAULT)}${whole[3]}`,
    );
    expect(cut.messages).toEqual([statement(4).message]);
    expect(cut.torn.map(({ line }) => line)).toEqual([1]);
  });

  it('is no worse for what the server prints of its memory', () => {
    const dump =
      'TopMemoryContext: 101672 total in 12 blocks; 5232 free (18 chunks); 96440 used\n  3 more child contexts containing 24 total\n';
    const one = stderrRecord({ message: 'statement: SELECT 1' }, DEFAULT);
    expect(read(one + dump + one)).toMatchObject({
      messages: Array(2).fill('statement: SELECT 1'),
      torn: [],
    });
  });

  it('may be verbose, and may have been written on Windows', () => {
    const error = { severity: 'ERROR', message: '22012: division by zero', query: 'SELECT 1/0\r\n' };
    const verbose = `${stderrRecord(error, DEFAULT)}2025-03-03 10:00:00.000 UTC [4711] LOCATION:  int4div, int.c:846\n`;
    const { records } = read(verbose);
    expect(records).toMatchObject([
      { sqlState: '22012', message: 'division by zero', query: 'SELECT 1/0\r\n' },
    ]);
    const text = stderrRecord({ message: 'statement: SELECT\n1' }, DEFAULT);
    expect(read(text.replaceAll('\n', '\r\n')).messages).toEqual(['statement: SELECT\n1']);
  });

  it('loses a record that is too long for memory, and no other', () => {
    const long = `statement: SELECT ${`${'1, '.repeat(1 << 10)}\n`.repeat(11 << 10)}`;
    const { messages, torn } = read(log([{ message: 'before' }, { message: long }, { message: 'after' }]));
    expect(messages).toEqual(['before', 'after']);
    expect(torn).toEqual([{ line: 2, reason: 'a record longer than 32 MiB' }]);
  });
});

const { logOf, importFiles } = importing();

it('a session goes on from one file of a plain log to the next', async () => {
  const lines = (pid: number, ...texts: string[]) =>
    texts.map((text, i): PlainLine => ({ time: at(pid * 1000 + i), pid: 4711, message: text }));
  const left = 'disconnection: session time: 0:00:00.170 user=app database=shop host=[local]';
  const first = lines(1, 'statement: SELECT 1', left, 'statement: BEGIN', 'statement: SELECT 2');
  const second = lines(2, 'statement: SELECT 3', 'statement: COMMIT', left, 'statement: SELECT 4');
  const { events } = await importFiles(
    [first, second].map((part) => logOf(log(part, '%m [%p] %u@%d '), 'log')),
  );
  expect(events.map(({ session, sql }) => [session, sql.text.split(' ').at(-1)])).toEqual([
    [1, '1'],
    [2, 'BEGIN'],
    [2, '2'],
    [2, '3'],
    [2, 'COMMIT'],
    [3, '4'],
  ]);
});
