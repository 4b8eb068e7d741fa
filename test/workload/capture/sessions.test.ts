import { closeSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openNameless } from '../../../src/machine/index.js';
import { loadParser } from '../../../src/router/sql/index.js';
import { Analyst } from '../../../src/workload/capture/analysis.js';
import { EventSorter } from '../../../src/workload/capture/event-sorter.js';
import type { LogRecord } from '../../../src/workload/capture/log-record.js';
import { LogClock } from '../../../src/workload/capture/log-time.js';
import { Selector } from '../../../src/workload/capture/selection.js';
import { SessionIds } from '../../../src/workload/capture/session-ids.js';
import { StatementReader } from '../../../src/workload/capture/statement-reader.js';

const folder = mkdtempSync(join(tmpdir(), 'splitbench-sessions-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(loadParser);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const SESSIONS = 40_000;
/** What each statement logs: where it is kept, that shows. */
const LISTING = `Parameters: $1 = '${'x'.repeat(2000)}'`;

/** How many bytes each session leaves in memory, and what the log comes to. */
function bytesOfEach(recordsOf: (session: string) => Partial<LogRecord>[]) {
  const spill = openNameless(folder);
  const selector = new Selector({}, new LogClock());
  const reader = new StatementReader(
    new Analyst(),
    new EventSorter(spill, 1 << 16),
    undefined,
    selector,
    undefined,
  );
  collectGarbage();
  const before = process.memoryUsage();
  let place = 0;
  for (let i = 0; i < SESSIONS; i++) {
    for (const record of recordsOf(`695b8ca0.${i.toString(16)}`)) {
      reader.read({ ...RECORD, session: `695b8ca0.${i.toString(16)}`, ...record }, place, place);
      place++;
    }
  }
  collectGarbage();
  const after = process.memoryUsage();
  const log = reader.end();
  closeSync(spill);
  const bytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  return { each: bytes / SESSIONS, log };
}

const RECORD: LogRecord = {
  time: '',
  user: 'app',
  database: 'shop',
  session: '',
  severity: 'LOG',
  sqlState: '00000',
  message: '',
  detail: '',
  context: '',
  query: '',
  backendType: 'client backend',
};
const statement = { message: 'execute p: SELECT $1', detail: LISTING };
const bind = { message: 'duration: 1.000 ms  bind p: SELECT $1', detail: LISTING };
const begin = { message: 'statement: BEGIN' };

it('leaves some bytes of a session that has ended, whatever it was in the middle of', () => {
  const { each, log } = bytesOfEach((session) => [
    begin,
    statement,
    bind,
    session.endsWith('1')
      ? { severity: 'FATAL', sqlState: '57P01', message: 'terminating connection' }
      : { message: 'disconnection: session time: 0:00:01.000 user=app database=shop host=[local]' },
  ]);
  expect(log.databases.get('shop')).toMatchObject({ sessions: SESSIONS, statements: 3 * SESSIONS });
  expect(each).toBeLessThan(60);
});

it('leaves some bytes more of one that no record says has ended', () => {
  const { each, log } = bytesOfEach(() => [statement]);
  expect(log.databases.get('shop')!.statements).toBe(SESSIONS);
  // Of 2,000 that did something lately, all is known.
  expect(each).toBeLessThan(150);
});

it('leaves no more of one that is still in a transaction, and knows that it is', () => {
  const first = '695b8ca0.0';
  const { each, log } = bytesOfEach((session) =>
    session === '695b8ca0.9c3f'
      ? [
          { session: first, message: 'statement: SELECT 2' },
          { session: first, message: 'statement: COMMIT' },
        ]
      : [begin, statement],
  );
  const { coverage, tally } = log.databases.get('shop')!;
  expect(tally).toMatchObject({ reads: SESSIONS, readsInReadWrite: SESSIONS, readsThatCouldBeReadOnly: 2 });
  expect(coverage.brokenEdges).toBe(0);
  expect(each).toBeLessThan(150);
});

it('leaves nothing more where a process has one session after the other', () => {
  const { each, log } = bytesOfEach((session) => [{ session: `${session.slice(9)}.1`, ...statement }]);
  expect(log.databases.get('shop')).toMatchObject({ sessions: SESSIONS, statements: SESSIONS });
  expect(each).toBeLessThan(60);
});

it('goes on with a session that has done nothing for long: its running statement has failed', () => {
  const failure = { severity: 'ERROR', sqlState: '22012', message: 'division by zero', query: 'SELECT $1' };
  const first = '695b8ca0.0';
  const { log } = bytesOfEach((session) =>
    session === '695b8ca0.9c3f'
      ? [
          { session: first, ...failure },
          { session: first, ...statement },
        ]
      : [statement],
  );
  const shop = log.databases.get('shop')!;
  expect(shop).toMatchObject({ sessions: SESSIONS - 1, statements: SESSIONS, failed: 1 });
  expect(shop.coverage.failedOnly).toBe(0);
  expect(log.sessions.statements[0]).toBe(2);
});

it('remembers nothing of a session whose lines say all of it', () => {
  const ids = new SessionIds();
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < SESSIONS; i++) {
    const c = `695b8ca0.${i.toString(16)}`;
    ids.clientOf({ c, u: '[unknown]', d: '[unknown]' }, 'connection received: host=[local]', '');
    expect(ids.clientOf({ c, u: 'app', d: 'shop' }, 'statement: SELECT 1', '').session).toBe(c);
  }
  collectGarbage();
  expect((process.memoryUsage().heapUsed - before) / SESSIONS).toBeLessThan(30);
});

it('remembers two numbers of a process whose lines name no session', () => {
  const ids = new SessionIds();
  collectGarbage();
  const before = process.memoryUsage();
  for (let i = 0; i < SESSIONS; i++) {
    ids.clientOf({ p: `${i}`, u: 'application', d: 'the shop of all' }, 'statement: SELECT 1', '');
  }
  collectGarbage();
  const after = process.memoryUsage();
  const bytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  expect(bytes / SESSIONS).toBeLessThan(60);
  const { session } = ids.clientOf(
    { p: '0', u: 'application', d: 'the shop of all' },
    'statement: SELECT 1',
    '',
  );
  expect(session).toBe('0/1');
});
