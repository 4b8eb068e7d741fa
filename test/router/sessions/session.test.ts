import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { ownSession, RouterSession } from '../../../src/router/sessions/session.js';

afterEach(() => {
  vi.useRealTimers();
});

test('a token carries the last write to another process, and is empty once that matters no more', () => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  const session = new RouterSession(2000);
  expect(session.token()).toBe('');
  expect(session.wroteWithin(2000)).toBe(false);
  session.wrote();
  vi.advanceTimersByTime(1500);
  const carried = new RouterSession(2000, session.token());
  expect(carried.wroteWithin(2000)).toBe(true);
  expect(carried.wroteWithin(1500)).toBe(false);
  vi.advanceTimersByTime(500);
  expect(carried.wroteWithin(2000)).toBe(false);
  expect(carried.token()).toBe('');
});

test('a token from the future counts as written now', () => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  const session = new RouterSession(2000, `2.${(Date.now() + 86_400_000).toString(36)}`);
  expect(session.wroteWithin(2000)).toBe(true);
  vi.advanceTimersByTime(2000);
  expect(session.wroteWithin(2000)).toBe(false);
});

test('a write is not forgotten when the clock is set back, and not remembered for ever', () => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  const session = new RouterSession(2000);
  session.wrote();
  vi.setSystemTime(1_700_000_000_000);
  expect(session.wroteWithin(2000)).toBe(true);
  vi.advanceTimersByTime(2001);
  expect(session.wroteWithin(2000)).toBe(false);
});

test('garbage is an empty token', () => {
  for (const token of [
    'x',
    '2.',
    '1.abc',
    '2.ABC',
    '2.-1',
    `2.${'z'.repeat(40)}`,
    '2.a; b=c',
    '2.1.2',
    '2.1.2.3',
    '\0',
  ]) {
    expect(new RouterSession(2000, token).token()).toBe('');
  }
  expect(new RouterSession(2000, 7 as unknown as string).token()).toBe('');
  fc.assert(
    fc.property(fc.string(), (token) =>
      /^(2\.[0-9a-z.]+~?!?)?$/.test(new RouterSession(2000, token).token()),
    ),
  );
});

const lineage = { systemId: '7711940317745474680', timeline: 1 };
const promoted = { ...lineage, timeline: 2 };

test('a token carries the highest position seen, of which cluster and timeline, and doubt', () => {
  const session = new RouterSession(0);
  expect(session.floor(lineage)).toBe(0);
  session.sawUpTo(lineage, 2 ** 45 + 1);
  session.sawUpTo(lineage, 5);
  const carried = new RouterSession(0, session.token());
  expect(carried.floor(lineage)).toBe(2 ** 45 + 1);
  expect(carried.floor({ ...lineage, systemId: '1' })).toBeUndefined();
  carried.lostSight();
  const inDoubt = new RouterSession(0, carried.token());
  expect(inDoubt.floor(lineage)).toBeUndefined();
  inDoubt.settle(lineage, 7, inDoubt.open);
  expect(inDoubt.floor(lineage)).toBe(2 ** 45 + 1);
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
      fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      (systemId, timeline, lsn) => {
        const where = { systemId: systemId.toString(), timeline };
        const session = new RouterSession(0);
        session.sawUpTo(where, lsn);
        expect(new RouterSession(0, session.token()).floor(where)).toBe(lsn);
      },
    ),
  );
});

test('after a promotion nothing is known of the old positions until the primary is asked', () => {
  const session = new RouterSession(0);
  session.sawUpTo(lineage, 100);
  expect(session.floor(promoted)).toBeUndefined();
  expect(session.isAheadOf(promoted)).toBe(false);
  session.settle(promoted, 60, session.open);
  expect(session.floor(promoted)).toBe(60);
  expect(session.isAheadOf(lineage)).toBe(true);
  // The old primary, if it still answers, takes nothing back.
  session.sawUpTo(lineage, 500);
  expect(session.floor(promoted)).toBe(60);
});

test("what a replica showed is known to be the primary's once that had it a while ago", () => {
  const session = new RouterSession(0);
  session.sawUpTo(lineage, 100);
  expect(session.isAheadOfPrimary(() => false)).toBe(false);
  const onReplica = `${session.token()}~`;
  const carried = new RouterSession(0, onReplica);
  expect(carried.isAheadOfPrimary((lsn) => lsn < 100)).toBe(true);
  expect(carried.isAheadOfPrimary((lsn) => lsn <= 100)).toBe(false);
  expect(carried.isAheadOfPrimary(() => false)).toBe(false);
});

test('nobody knows of a carried session below which transaction lies what a replica showed it', () => {
  const session = new RouterSession(0);
  session.sawUpTo(lineage, 100);
  const carried = new RouterSession(0, `${session.token()}~`);
  expect(carried.isAheadOfPrimary((_, horizon) => Number.MAX_SAFE_INTEGER >= horizon)).toBe(true);
});

test('in doubt from its first statement on, it has a floor once the primary was asked', () => {
  const session = new RouterSession(0);
  session.lostSight();
  expect(session.floor(lineage)).toBeUndefined();
  session.settle(lineage, 50, session.open);
  expect(session.floor(lineage)).toBe(50);
});

test('what came into doubt while the primary was asked stays in doubt', () => {
  const session = new RouterSession(0);
  session.lostSight();
  const { open } = session;
  session.lostSight();
  session.settle(lineage, 50, open);
  expect(session.floor(lineage)).toBeUndefined();
  session.settle(lineage, 60, session.open);
  expect(session.floor(lineage)).toBe(60);
});

test('one that wrote at a router without positions has no floor until the primary was asked', () => {
  const there = new RouterSession(2000);
  there.wrote();
  const here = new RouterSession(0, there.token());
  expect(here.floor(lineage)).toBeUndefined();
  here.settle(lineage, 40, here.open);
  expect(here.floor(lineage)).toBe(40);
});

test('a session that no router made is refused in one sentence', () => {
  const own = new RouterSession(0);
  expect([ownSession(own), ownSession(undefined)]).toEqual([own, undefined]);
  expect(() => ownSession({ token: () => '' })).toThrow(expect.objectContaining({ code: 'FOREIGN_SESSION' }));
});
