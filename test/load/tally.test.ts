import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_DELAY } from '../../src/load/delay.js';
import { Patience } from '../../src/load/patience.js';
import { account } from '../../src/load/result.js';
import { Sessions } from '../../src/load/sessions.js';
import { isInWindow, type Outcome, Tally, type TallyJson } from '../../src/load/tally.js';
import { CATEGORIES, type Category } from '../../src/record/words.js';
import { addsUp } from './fixture.js';

const window = { startUs: 1_000_000, endUs: 3_000_000, blockUs: 500_000 };

interface Ended {
  category: Category;
  dueMs: number;
  outcome: Outcome;
  waitedMs: number;
  tookMs: number;
}

const ended: fc.Arbitrary<Ended> = fc.record({
  category: fc.constantFrom(...CATEGORIES),
  dueMs: fc.integer({ min: 0, max: 4000 }),
  outcome: fc.constantFrom<Outcome>(
    { end: 'ok' },
    { end: 'ok', missing: { operation: 'SELECT a', code: '42501' } },
    { end: 'failed', code: '23505', operation: 'SELECT a', compared: 'changed', capturedCode: '40P01' },
    { end: 'failed', code: 'HTTP 500' },
    { end: 'failed', code: 'timeout', operation: 'UPDATE t SET a = $1' },
    { end: 'skipped', reason: 'no data' },
  ),
  waitedMs: fc.nat(50),
  tookMs: fc.nat(500),
});

function tallyOf(events: Ended[]): TallyJson {
  const tally = new Tally(window);
  for (const { category, dueMs, outcome, waitedMs, tookMs } of events) {
    const counted = { category, operation: 'menu', dueMs };
    const readyMs = dueMs + waitedMs;
    const delay = { generator: 1, connection: 0, server: waitedMs };
    tally.ended(counted, outcome, { readyMs, sentMs: readyMs + 1, answeredMs: readyMs + 1 + tookMs, delay });
  }
  return JSON.parse(JSON.stringify(tally.toJson()));
}

function count(events: Ended[]): Record<Category, number> {
  const counts = Object.fromEntries(CATEGORIES.map((category) => [category, 0])) as Record<Category, number>;
  for (const { category } of events) counts[category]++;
  return counts;
}

describe('accounting', () => {
  test('adds up whatever became of the events, whole and in the window', () => {
    fc.assert(
      fc.property(fc.array(ended), fc.array(ended), (done, notSent) => {
        const tally = tallyOf(done);
        const captured = [...done, ...notSent];
        const whole = account(count(captured), tally.whole);
        const inWindow = captured.filter(({ dueMs }) => isInWindow(dueMs, window));
        const windowed = account(count(inWindow), tally.window);
        expect(addsUp(whole)).toBe(true);
        expect(addsUp(windowed)).toBe(true);
        expect(whole).toMatchObject({ captured: captured.length, notSent: notSent.length });
        expect(whole.failed).toBe(tally.errors.reduce((sum, error) => sum + error.count, 0));
        expect(whole.skipped).toBe(tally.skips.reduce((sum, skip) => sum + skip.count, 0));
      }),
    );
  });

  test('refuses more ends than there were events', () => {
    const tally = tallyOf([{ category: 'read', dueMs: 0, outcome: { end: 'ok' }, waitedMs: 0, tookMs: 1 }]);
    expect(() => account(count([]), tally.whole)).toThrow(/1 more read events/);
  });
});

describe('tallies', () => {
  test('of parts merge into the tally of the whole', () => {
    fc.assert(
      fc.property(fc.array(fc.array(ended, { maxLength: 30 }), { maxLength: 4 }), (parts) => {
        const sum = new Tally(window);
        for (const part of parts) sum.add(tallyOf(part));
        const merged = sum.toJson();
        const whole = tallyOf(parts.flat());
        const byCode = (a: { code: string; category: string }, b: { code: string; category: string }) =>
          `${a.code}${a.category}` < `${b.code}${b.category}` ? -1 : 1;
        expect({ ...merged, errors: merged.errors.sort(byCode) }).toEqual({
          ...whole,
          errors: whole.errors.sort(byCode),
        });
      }),
    );
  });

  test('keep each operation by its name, whatever that is', () => {
    const names = ['__proto__', 'constructor', 'menu'];
    const tally = new Tally(window);
    for (const operation of names) {
      const timing = {
        readyMs: 1500,
        sentMs: 1500,
        answeredMs: 1509,
        delay: { generator: 0, connection: 0, server: 0 },
      };
      tally.ended({ category: 'read', operation, dueMs: 1500 }, { end: 'ok' }, timing);
    }
    const sum = new Tally(window);
    sum.add(JSON.parse(JSON.stringify(tally.toJson())));
    const { operations, latencyByOperation } = sum.toJson();
    expect(Object.entries(operations)).toEqual(names.map((name) => [name, 'read']));
    expect(Object.values(latencyByOperation).map((latency) => latency!.count)).toEqual([1, 1, 1]);
    expect(Object.keys(latencyByOperation)).toEqual(names);
  });

  test('keep latency from the due time, of good answers in the window only, and by block', () => {
    const ok = { end: 'ok' } as const;
    const tally = tallyOf([
      { category: 'read', dueMs: 999, outcome: ok, waitedMs: 0, tookMs: 7 },
      { category: 'read', dueMs: 1000, outcome: ok, waitedMs: 20, tookMs: 9 },
      { category: 'write', dueMs: 2600, outcome: ok, waitedMs: 0, tookMs: 4 },
      { category: 'read', dueMs: 2999, outcome: { end: 'failed', code: 'HTTP 500' }, waitedMs: 0, tookMs: 1 },
      { category: 'read', dueMs: 3000, outcome: ok, waitedMs: 0, tookMs: 7 },
      {
        category: 'read',
        dueMs: 2500,
        outcome: { end: 'skipped', reason: 'no data' },
        waitedMs: 90,
        tookMs: 999,
      },
    ]);
    expect(tally.lastAnswerMs).toBe(3008);
    expect(tally.latency.read).toMatchObject({ count: 1, sumUs: 30_000 });
    expect(tally.latency.write).toMatchObject({ count: 1, sumUs: 5_000 });
    expect(tally.blocks.map((block) => Object.keys(block))).toEqual([['read'], [], [], ['write']]);
    expect(tally.failedByBlock).toEqual([{}, {}, {}, { read: 1 }]);
    expect(tally.operations).toEqual({ menu: 'write' });
    expect(tally.backpressure).toMatchObject({ count: 3, maxUs: 20_000 });
    expect(tally.lateness).toMatchObject({ count: 3, maxUs: 1_000 });
    expect(tally.late).toMatchObject({ server: { count: 1, maxUs: 21_000 } });
  });

  test('count no failure by block that the capture had alike', () => {
    const as = (compared: 'same' | 'new') =>
      tallyOf([
        {
          category: 'write',
          dueMs: 1600,
          outcome: { end: 'failed', code: '23505', compared },
          waitedMs: 0,
          tookMs: 1,
        },
      ]).failedByBlock;
    expect(as('same')).toEqual([]);
    expect(as('new')).toEqual([{}, { write: 1 }]);
  });

  test('tell only so many kinds of error apart', () => {
    const tally = new Tally(window);
    const timing = { readyMs: 0, sentMs: 0, answeredMs: 0, delay: NO_DELAY };
    for (let kind = 0; kind < 1000; kind++) {
      const outcome = { end: 'failed', code: '23505 unique_violation', operation: `INSERT ${kind}` } as const;
      tally.ended({ category: 'write', operation: '', dueMs: 0 }, outcome, timing);
    }
    const { errors } = tally.toJson();
    expect(errors.length).toBeLessThanOrEqual(201);
    expect(errors.reduce((sum, error) => sum + error.count, 0)).toBe(1000);
  });
});

describe('sessions', () => {
  /** A clock and a server under the test's control. */
  function setUp() {
    let nowMs = 0;
    const sent: string[] = [];
    const answers = new Map<string, () => void>();
    const tally = new Tally({ startUs: 0, endUs: 1e9, blockUs: 1e9 });
    const sessions = new Sessions<{ session: number; name: string; dueMs: number }>(
      () => nowMs,
      tally,
      ({ dueMs }) => ({ category: 'read', operation: 'x', dueMs }),
      ({ name }) => {
        sent.push(name);
        return new Promise((resolve) => answers.set(name, () => resolve({ end: 'ok' })));
      },
    );
    return {
      sessions,
      tally,
      sent,
      at: (ms: number) => (nowMs = ms),
      answer: async (name: string) => {
        answers.get(name)!();
        await new Promise(setImmediate);
      },
    };
  }

  test('send one event at a time each, in order, and do not wait for one another', async () => {
    const { sessions, sent, answer } = setUp();
    sessions.offer({ session: 1, name: 'a1', dueMs: 0 });
    sessions.offer({ session: 1, name: 'a2', dueMs: 0 });
    sessions.offer({ session: 2, name: 'b1', dueMs: 0 });
    expect(sent).toEqual(['a1', 'b1']);
    await answer('a1');
    expect(sent).toEqual(['a1', 'b1', 'a2']);
    await answer('b1');
    await answer('a2');
    await sessions.idle();
    expect(sessions.unfinished).toBe(0);
  });

  test('count the wait for the previous answer as the server’s, and the rest as lateness', async () => {
    const { sessions, tally, at, answer } = setUp();
    sessions.offer({ session: 1, name: 'a1', dueMs: 0 });
    at(10);
    sessions.offer({ session: 1, name: 'a2', dueMs: 10 });
    at(50);
    await answer('a1');
    at(60);
    await answer('a2');
    at(103);
    sessions.offer({ session: 1, name: 'a3', dueMs: 100 });
    await answer('a3');
    expect(tally.toJson().backpressure).toMatchObject({ maxUs: 40_000, sumUs: 40_000 });
    expect(tally.toJson().lateness).toMatchObject({ maxUs: 3_000, sumUs: 3_000 });
    expect(tally.toJson().latency.read).toMatchObject({ sumUs: 50_000 + 50_000 + 3_000 });
  });

  test('tell of an event that waited for its session who had the previous one come late', async () => {
    const lateBy = async (
      waitedMs: number,
      isFull: boolean,
      offeredMs = 0,
    ): Promise<Record<string, [number, number]>> => {
      let nowMs = offeredMs;
      const tally = new Tally({ startUs: 0, endUs: 1e9, blockUs: 1e9 });
      const sessions = new Sessions<{ session: number; dueMs: number; takesMs: number }>(
        () => nowMs,
        tally,
        ({ dueMs }) => ({ category: 'read', operation: '', dueMs }),
        async ({ takesMs }) => {
          await null;
          nowMs += takesMs;
          return { end: 'ok', waitedMs: Math.min(waitedMs, takesMs) };
        },
        () => isFull,
      );
      // The second is due in the middle of the first's time, the third in that of the second's.
      sessions.offer({ session: 1, dueMs: 0, takesMs: 100 });
      sessions.offer({ session: 1, dueMs: 50, takesMs: 0 });
      sessions.offer({ session: 1, dueMs: 60, takesMs: 0 });
      await sessions.idle();
      const { late } = tally.toJson();
      return Object.fromEntries(
        Object.entries(late).map(([cause, { count, sumUs }]) => [cause, [count, sumUs / 1000]]),
      );
    };
    expect(await lateBy(0, false)).toEqual({ server: [2, 50 + 40] });
    expect(await lateBy(0, true)).toEqual({ generator: [2, 50 + 40] });
    expect(await lateBy(90, false)).toEqual({ connection: [3, 90 + 50 + 40] });
    expect(await lateBy(30, false)).toEqual({ connection: [1, 30], server: [2, 50 + 40] });
    // Offered 1000 ms late, so that all three are.
    expect(await lateBy(0, false, 1000)).toEqual({ generator: [3, 1000 + 1050 + 1040] });
  });

  test('are held back while too many are unfinished, which is not the generator’s doing', async () => {
    const { sessions, tally, at, answer } = setUp();
    await sessions.holdBack(2);
    sessions.offer({ session: 1, name: 'a1', dueMs: 0 });
    sessions.offer({ session: 2, name: 'b1', dueMs: 0 });
    let held = true;
    const holding = sessions.holdBack(2).then(() => {
      held = false;
    });
    await new Promise(setImmediate);
    expect(held).toBe(true);
    at(80);
    await answer('a1');
    await holding;
    at(83);
    sessions.offer({ session: 3, name: 'c1', dueMs: 20 });
    await answer('c1');
    await answer('b1');
    const { backpressure, lateness, late } = tally.toJson();
    expect(backpressure).toMatchObject({ maxUs: 60_000 });
    expect(lateness).toMatchObject({ maxUs: 3_000 });
    expect(late).toMatchObject({ server: { count: 1, sumUs: 63_000 } });
  });

  test('once stopped, end with what is on its way', async () => {
    const { sessions, tally, sent, answer } = setUp();
    sessions.offer({ session: 1, name: 'a1', dueMs: 0 });
    sessions.offer({ session: 1, name: 'a2', dueMs: 0 });
    sessions.stop();
    sessions.offer({ session: 2, name: 'b1', dueMs: 0 });
    await answer('a1');
    await sessions.idle();
    expect(sent).toEqual(['a1']);
    expect(tally.ends).toEqual({ ok: 1, failed: 0, skipped: 0 });
  });
});

describe('patience', () => {
  test('ends when events are due and no good answer comes for too long, and never in a pause', () => {
    const patience = new Patience(1000);
    expect(patience.isOver(0, 0, 0)).toBe(false);
    expect(patience.isOver(50_000, 0, 0)).toBe(false);
    expect(patience.isOver(50_500, 0, 3)).toBe(false);
    expect(patience.isOver(50_900, 1, 3)).toBe(false);
    expect(patience.isOver(51_900, 1, 3)).toBe(false);
    expect(patience.isOver(51_901, 1, 3)).toBe(true);
  });
});
