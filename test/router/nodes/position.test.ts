import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import { PositionLog } from '../../../src/router/nodes/position.js';

/** A log of a node whose position is the number of questions so far, each answered after a pause; and these questions. */
function slowNode(pauseMs = 5): { log: PositionLog; asked: number[] } {
  const asked: number[] = [];
  const log: PositionLog = new PositionLog(async () => {
    const askedMs = performance.now();
    asked.push(askedMs);
    const lsn = asked.length;
    await sleep(pauseMs);
    log.note(lsn, askedMs);
  });
  return { log, asked };
}

test('what a node showed lies below the bound, whoever asked and however its answers overtook each other', () => {
  const step = fc.record({
    /** Since the step before, and how far the node came meanwhile. */
    afterMs: fc.integer({ min: 1, max: 20 }),
    grows: fc.integer({ min: 0, max: 3 }),
    /** How long before that it was asked, and how long after it the answer came. */
    askedBeforeMs: fc.integer({ min: 0, max: 50 }),
    answeredAfterMs: fc.integer({ min: 0, max: 50 }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 400 }), (steps) => {
      const log = new PositionLog(async () => {});
      let [atMs, lsn] = [0, 0];
      const shown: { atMs: number; lsn: number }[] = [];
      const samples: { askedMs: number; answeredMs: number; lsn: number }[] = [];
      for (const { afterMs, grows, askedBeforeMs, answeredAfterMs } of steps) {
        atMs += afterMs;
        lsn += grows;
        shown.push({ atMs, lsn });
        samples.push({ askedMs: atMs - askedBeforeMs, answeredMs: atMs + answeredAfterMs, lsn });
      }
      for (const sample of samples.toSorted((a, b) => a.answeredMs - b.answeredMs)) {
        log.note(sample.lsn, sample.askedMs);
      }
      for (const each of shown) {
        const bound = log.boundOf(each.atMs)?.lsn;
        const later = samples.filter(({ askedMs }) => askedMs > each.atMs);
        if (later.length > 0) expect(bound).toBeDefined();
        if (bound !== undefined) expect(bound).toBeGreaterThanOrEqual(each.lsn);
      }
    }),
  );
});

test('a primary shows what lies below a horizon once it has had one as high; a standby showed what lies below its next', () => {
  const log = new PositionLog(async () => {});
  expect(log.shows(0)).toBe(false);
  log.note(10, 100, 7);
  log.note(20, 200);
  log.note(30, 300, 9);
  expect([7, 9, 10, Number.POSITIVE_INFINITY].map((id) => log.shows(id))).toEqual([true, true, false, false]);
  expect([100, 101, 201, 301].map((ms) => log.boundOf(ms)?.horizon)).toEqual([7, undefined, 9, undefined]);
});

test('the bound is the earliest sample asked for since, and none before somebody asks', () => {
  const log = new PositionLog(async () => {});
  expect(log.boundOf(0)).toBeUndefined();
  log.note(10, 100);
  log.note(20, 200);
  expect([50, 100, 101, 200].map((ms) => log.boundOf(ms)?.lsn)).toEqual([10, 10, 20, 20]);
  expect(log.boundOf(201)).toBeUndefined();
  // A thousand later, what came before the oldest that is kept is bounded by that.
  for (let i = 3; i < 1000; i++) log.note(i * 10, i * 100);
  expect(log.boundOf(0)?.lsn).toBeGreaterThan(20);
  log.clear();
  expect(log.boundOf(0)).toBeUndefined();
});

test('one question is on its way and one waits, however many want to know', async () => {
  const { log, asked } = slowNode();
  const first = await Promise.all(Array.from({ length: 50 }, () => log.askBound(performance.now())));
  expect(asked).toHaveLength(2);
  expect(first.every((bound) => bound !== undefined)).toBe(true);
  const before = asked.length;
  expect((await log.askBound(asked[0]!))?.lsn).toBe(1);
  expect(asked).toHaveLength(before);
});

test('a node that can not say where it is gives no bound', async () => {
  const log = new PositionLog(() => Promise.reject(new Error('no')));
  expect(await log.askBound(performance.now())).toBeUndefined();
});

test('it is asked soon after it showed something, once for all who were shown something meanwhile', async () => {
  const { log, asked } = slowNode(0);
  const shownMs = performance.now();
  for (let i = 0; i < 100; i++) log.askSoon();
  while (log.boundOf(shownMs) === undefined) await sleep(1);
  await sleep(30);
  expect(asked).toHaveLength(1);
});

test('while it shows something all the time, it is asked now and then', async () => {
  const { log, asked } = slowNode(0);
  const startedMs = performance.now();
  while (performance.now() - startedMs < 200) {
    log.askSoon();
    await sleep(1);
  }
  expect(asked.length).toBeGreaterThan(1);
  expect(asked.length).toBeLessThanOrEqual(2 + (performance.now() - startedMs) / 25);
});

test('a position was reached so long ago if an answer of that time says so', () => {
  const log = new PositionLog(async () => {});
  const clock = vi.spyOn(performance, 'now');
  onTestFinished(() => clock.mockRestore());
  clock.mockReturnValue(1000);
  log.note(10, 1000);
  clock.mockReturnValue(1020);
  log.note(20, 1020);
  expect([10, 11].map((lsn) => log.hadReached(lsn, 15))).toEqual([true, false]);
  expect(log.hadReached(20, 0)).toBe(true);
  expect(log.hadReached(10, 1000)).toBe(false);
});
