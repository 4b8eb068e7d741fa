import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, readlink, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CATEGORIES } from '../../src/record/words.js';
import {
  type HttpEvent,
  type SqlEvent,
  TRACE_SCHEMA,
  type TraceEvent,
  type TraceHeader,
} from '../../src/workload/trace.js';
import { readSessions, readTrace, summarizeTrace, writeTrace } from '../../src/workload/trace-file.js';
import { csvlogRecord } from './capture/csvlog-text.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'splitbench-trace-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const header: TraceHeader = {
  schema: TRACE_SCHEMA,
  kind: 'sql',
  workload: 'a log',
  meta: { seed: 1, of: null },
};

function event(dueUs: number, session = 1, text = 'select 1'): SqlEvent {
  return { dueUs, session, category: 'read', priority: 'high', sql: { text } };
}

async function readAll(path: string): Promise<{ header: TraceHeader; events: TraceEvent[] }> {
  const trace = await readTrace(path);
  const events: TraceEvent[] = [];
  for await (const one of trace.events) events.push(one);
  return { header: trace.header, events };
}

function inOrder(events: TraceEvent[]): void {
  events.sort((a, b) => a.dueUs - b.dueUs);
}

const base = {
  session: fc.nat(),
  category: fc.constantFrom(...CATEGORIES),
  priority: fc.constantFrom('high' as const, 'medium' as const, 'low' as const),
};
const text = fc.string({ unit: 'binary' }).filter((s) => s.isWellFormed());
const sqlEvent = fc.record({
  dueUs: fc.nat(),
  ...base,
  sql: fc.record({ text, values: fc.array(fc.option(text)) }, { requiredKeys: ['text'] }),
}) as fc.Arbitrary<SqlEvent>;
const httpEvent = fc.record({
  dueUs: fc.nat(),
  ...base,
  operation: text,
  http: fc.record(
    { method: fc.constantFrom('GET' as const, 'POST' as const), path: text, body: fc.jsonValue() },
    { requiredKeys: ['method', 'path'] },
  ),
}) as fc.Arbitrary<HttpEvent>;

describe('a trace file', () => {
  it.each([
    ['sql', sqlEvent],
    ['http', httpEvent],
  ] as const)('gives back every %s event that was written to it', async (kind, arbitrary) => {
    const path = join(dir, `round-${kind}`);
    await fc.assert(
      fc.asyncProperty(fc.array(arbitrary as fc.Arbitrary<TraceEvent>), async (events) => {
        const about = { ...header, kind };
        inOrder(events);
        await writeTrace(path, about, events);
        // A trace is JSON: what JSON can't tell apart (−0 and 0) isn't told apart here.
        expect(await readAll(path)).toEqual(JSON.parse(JSON.stringify({ header: about, events })));
      }),
      { numRuns: 60 },
    );
  });

  it('is named by the SHA-256 of its bytes', async () => {
    const path = join(dir, 'hash');
    const written = await writeTrace(path, header, [event(1), event(2)]);
    expect(written).toEqual({
      sha256: createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
      events: 2,
    });
    expect((await summarizeTrace(path)).sha256).toBe(written.sha256);
  });

  it('is the same whether its events come at once or as a stream', async () => {
    async function* stream() {
      for (let i = 0; i < 5000; i++) yield event(i);
    }
    const events = Array.from({ length: 5000 }, (_, i) => event(i));
    const a = await writeTrace(join(dir, 'a'), header, events);
    const b = await writeTrace(join(dir, 'b'), header, stream());
    expect(b).toEqual(a);
  });

  it('keeps line breaks and separators inside of statements', async () => {
    const path = join(dir, 'breaks');
    const nasty = 'select \'a\nb\r\nc\u2028d\u2029e\u0085f\', "x"; -- \u0000 \ud83d\ude80';
    await writeTrace(path, header, [event(1, 1, nasty)]);
    expect((await readAll(path)).events).toEqual([event(1, 1, nasty)]);
  });

  it('may hold no event at all', async () => {
    const path = join(dir, 'empty');
    await writeTrace(path, header, []);
    expect(await summarizeTrace(path)).toMatchObject({
      events: 0,
      sessions: 0,
      peakSessions: 0,
      durationUs: 0,
    });
  });

  it('tells how many sessions it has, and how many at most at one time', async () => {
    const path = join(dir, 'sessions');
    await writeTrace(path, header, [
      event(0, 1),
      event(10, 2),
      event(20, 1),
      event(30, 3),
      event(40, 2),
      event(50, 3),
      { ...event(60, 4), category: 'write' },
    ]);
    expect(await summarizeTrace(path)).toMatchObject({
      events: 7,
      sessions: 4,
      peakSessions: 2,
      durationUs: 60,
      longestPause: { us: 10, line: 3 },
      eventsByCategory: { read: 6, write: 1, analytics: 0, realtime: 0 },
    });
  });

  it('can be read for some of its sessions, each event with its place in the whole', async () => {
    const path = join(dir, 'some');
    const ofFour = fc.array(sqlEvent.map((one) => ({ ...one, session: one.session % 4 })));
    await fc.assert(
      fc.asyncProperty(ofFour, fc.boolean(), fc.subarray([0, 1, 2, 3]), async (events, foreign, some) => {
        // Others may write an event's fields in another order.
        inOrder(events);
        const written = foreign ? events.map(({ sql, ...rest }) => ({ sql, ...rest })) : events;
        await writeTrace(path, header, written);
        const read: TraceEvent[] = [];
        for await (const batch of await readSessions(path, new Set(some))) read.push(...batch);
        const { events: all } = await readAll(path);
        const wanted = all
          .map((one, place) => ({ ...one, place }))
          .filter((one) => some.includes(one.session));
        expect(read).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
  });

  it('tells whose sessions they are, by the user that the first event of each names', async () => {
    const path = join(dir, 'users');
    await writeTrace(path, header, [
      { ...event(0, 1), user: 'anna' },
      { ...event(10, 2), user: 'bert' },
      event(20, 1),
      { ...event(30, 3), user: 'anna' },
      event(40, 1),
      event(50, 4),
    ]);
    expect(Object.fromEntries((await summarizeTrace(path)).users)).toEqual({
      anna: { events: 4, peakSessions: 2 },
      bert: { events: 1, peakSessions: 1 },
      '': { events: 1, peakSessions: 1 },
    });
  });

  it.runIf(existsSync('/proc/self/fd'))('leaves no file open when its reader stops early', async () => {
    const path = join(dir, 'early');
    const many = Array.from({ length: 20_000 }, (_, i) => event(i));
    await writeTrace(path, header, many);
    const { events } = await readTrace(path);
    for await (const first of events) {
      expect(first).toEqual(event(0));
      break;
    }
    await writeFile(path, 'no trace');
    await expect(readTrace(path)).rejects.toThrow();
    await expect.poll(() => openFiles()).not.toContain(path);
  });
});

async function openFiles(): Promise<string[]> {
  const fds = await readdir('/proc/self/fd');
  return Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
}

describe('a file that is not a trace of this version', () => {
  const cases: [string, string | Buffer, string, RegExp][] = [
    ['empty', '', 'TRACE_INVALID', /not a splitbench trace/],
    ['a log', '2026-01-01 00:00:00 UTC,"app"\n', 'TRACE_INVALID', /not a splitbench trace/],
    [
      'a csvlog',
      csvlogRecord({ message: 'hi' }),
      'TRACE_INVALID',
      /is a PostgreSQL log \(csvlog\).*"bench import"/,
    ],
    ['a plain log', '2026-01-01 UTC LOG:  hi\n', 'TRACE_INVALID', /is a PostgreSQL log \(stderr\)/],
    ['compressed', gzipSync('{"schema":'), 'TRACE_INVALID', /is compressed with gzip.*unpack it/],
    ['a dump', 'PGDMP', 'TRACE_INVALID', /is a dump of pg_dump.*--snapshot/],
    ['other JSON', '{"schema":"something/1"}\n', 'TRACE_INVALID', /not a splitbench trace/],
    ['null', 'null\n', 'TRACE_INVALID', /not a splitbench trace/],
    ['newer', '{"schema":"splitbench.trace/2","kind":"sql"}\n', 'TRACE_VERSION', /"splitbench\.trace\/2"/],
    ['of no kind', `{"schema":"${TRACE_SCHEMA}","kind":"ftp"}\n`, 'TRACE_INVALID', /line 1/],
    ['without meta', `{"schema":"${TRACE_SCHEMA}","kind":"sql"}\n`, 'TRACE_INVALID', /line 1: .*"meta"/],
    ['of no meta', `{"schema":"${TRACE_SCHEMA}","kind":"sql","meta":null}\n`, 'TRACE_INVALID', /"meta"/],
    ['of odd meta', `{"schema":"${TRACE_SCHEMA}","kind":"sql","meta":"x"}\n`, 'TRACE_INVALID', /"meta"/],
  ];
  it.each(cases)('is refused in one sentence: %s', async (name, content, code, message) => {
    const path = join(dir, `bad-${name}`);
    await writeFile(path, content);
    await expect(readTrace(path)).rejects.toMatchObject({
      code,
      exitCode: 2,
      message: expect.stringMatching(message),
    });
    await expect(readTrace(path)).rejects.toThrow(path);
  });

  it('is refused if it is not there, or no file', async () => {
    await expect(readTrace(join(dir, 'nowhere'))).rejects.toMatchObject({ code: 'TRACE_UNREADABLE' });
    await expect(readTrace(dir)).rejects.toMatchObject({ code: 'TRACE_UNREADABLE' });
    await expect(summarizeTrace(join(dir, 'nowhere'))).rejects.toMatchObject({ code: 'TRACE_UNREADABLE' });
  });

  it('is refused at the line that is not an event', async () => {
    const path = join(dir, 'line');
    const good = JSON.stringify(event(1));
    for (const bad of [
      'garbage',
      '[]',
      '7',
      'null',
      '{"dueUs":1}',
      good.replace('"read"', '"red"'),
      good.replace('sql', 'http'),
      good.replace('1', 'null'),
      good.replace('1', '1.5'),
      good.replace('1', '"1"'),
      good.replace('1', '1e999'),
    ]) {
      await writeFile(path, `${JSON.stringify(header)}\n${good}\n${bad}\n`);
      await expect(readAll(path)).rejects.toMatchObject({
        code: 'TRACE_INVALID',
        message: expect.stringContaining('line 3'),
      });
    }
  });
});

describe('an event that lacks what is played of it, or has it otherwise, is refused at its line', () => {
  const { sql, ...base } = event(1);
  const http = { method: 'GET', path: '/menu' };
  it.each<[kind: 'sql' | 'http', bad: object]>([
    ['sql', { ...base, sql: null }],
    ['sql', { ...base, sql: {} }],
    ['sql', { ...base, sql: 'select 1' }],
    ['sql', { ...base, sql: { text: 7 } }],
    ['sql', { ...base, sql: { ...sql, values: 7 } }],
    ['sql', { ...base, sql: { ...sql, values: null } }],
    ['sql', { ...base, sql: { ...sql, values: { 0: 'a' } } }],
    ['sql', { ...base, sql: { ...sql, values: ['a', 7] } }],
    ['sql', { ...base, sql, failed: 7 }],
    ['sql', { ...base, sql, user: null }],
    ['http', { ...base, operation: 'menu', http: null }],
    ['http', { ...base, operation: 'menu', http: { method: 'GET' } }],
    ['http', { ...base, operation: 7, http }],
    ['http', { ...base, http }],
  ])('%s: %j', async (kind, bad) => {
    const path = join(dir, 'unplayable');
    const about = { ...header, kind };
    await writeFile(path, `${JSON.stringify(about)}\n${JSON.stringify(bad)}\n`);
    for (const read of [summarizeTrace, readAll]) {
      await expect(read(path)).rejects.toMatchObject({
        code: 'TRACE_INVALID',
        exitCode: 2,
        message: expect.stringContaining(`${path}, line 2: `),
      });
    }
  });
});

describe('a trace whose times are not in order', () => {
  it.each([
    ['goes back', [0, 20, 10], 4, 'before the one in front of it'],
    ['begins below 0', [-1, 5], 2, 'before the trace begins'],
  ])('is refused at the line that %s', async (name, times, line, words) => {
    const path = join(dir, `order-${name}`);
    await writeTrace(
      path,
      header,
      times.map((dueUs) => event(dueUs)),
    );
    const refused = { code: 'TRACE_INVALID', exitCode: 2 };
    for (const read of [summarizeTrace, readAll]) {
      await expect(read(path)).rejects.toMatchObject(refused);
      await expect(read(path)).rejects.toThrow(`${path}, line ${line}: the event is due ${words}.`);
    }
  });

  it('tells where its longest pause ends, empty lines counted', async () => {
    const path = join(dir, 'pause');
    await writeTrace(path, header, [event(5), event(90), event(95)]);
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll('\n', '\n\n'));
    expect((await summarizeTrace(path)).longestPause).toEqual({ us: 85, line: 5 });
  });
});

it('says of a trace that was cut anywhere that it is no whole one, or reads the whole events before the cut', async () => {
  const path = join(dir, 'cut');
  const events = Array.from({ length: 5 }, (_, i) => event(i, i, `select ${i}`));
  await writeTrace(path, header, events);
  const whole = await readFile(path);
  for (let bytes = (await stat(path)).size - 1; bytes > 0; bytes--) {
    await writeFile(path, whole);
    await truncate(path, bytes);
    const outcome = await readAll(path).catch((error) => error as { code: string });
    if ('code' in outcome) expect(outcome.code).toBe('TRACE_INVALID');
    else expect(events.slice(0, outcome.events.length)).toEqual(outcome.events);
  }
});
