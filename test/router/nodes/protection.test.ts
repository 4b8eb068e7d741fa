import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PrimaryBudgetExceeded } from '../../../src/router/errors.js';
import { PrimaryProtection, type Release } from '../../../src/router/nodes/protection.js';
import type { ProtectionOptions } from '../../../src/router/types.js';

type Category = 'analytics' | 'read' | 'realtime';
const CATEGORIES: Category[] = ['analytics', 'read', 'realtime'];

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  // No wait leaves a timer behind.
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** Enters where a slot is free, which must not take a turn of the event loop. */
function enterAtOnce(protection: PrimaryProtection): Release {
  const release = protection.enter('read', 0);
  if (!(release instanceof Promise)) return release;
  release.catch(() => {});
  vi.advanceTimersByTime(0);
  throw new Error('no slot was free');
}

/** Enters as a fallback where there is a place; where there is none, waits until it is refused. */
function fallbackAtOnce(protection: PrimaryProtection, category: Category): Release | undefined {
  const entered = protection.enterFallback(category);
  if (!(entered instanceof Promise)) return entered;
  entered.catch((error) => expect(error).toBeInstanceOf(PrimaryBudgetExceeded));
  vi.advanceTimersByTime(1000);
  return undefined;
}

/** Fallbacks admitted of a category until the first refusal. */
function admitted(protection: PrimaryProtection, category: Category): Release[] {
  const releases: Release[] = [];
  for (;;) {
    const release = fallbackAtOnce(protection, category);
    if (release === undefined) return releases;
    releases.push(release);
  }
}

test.each([
  [1, { reservedForWrites: 0, fallbackConcurrency: 1 }],
  [2, { reservedForWrites: 1, fallbackConcurrency: 1 }],
  [10, { reservedForWrites: 2, fallbackConcurrency: 2 }],
  [20, { reservedForWrites: 4, fallbackConcurrency: 5 }],
])('of a pool of %i a fifth is reserved for writes and a quarter may be fallbacks', (poolSize, expected) => {
  expect(new PrimaryProtection(poolSize).stats()).toMatchObject({ ...expected, fallbackPerSecond: null });
});

test('reads get the slots that are not reserved, then wait in line', async () => {
  const protection = new PrimaryProtection(4, { reservedForWrites: 2 });
  const first = enterAtOnce(protection);
  const second = enterAtOnce(protection);
  const third = protection.enter('read', 1000);
  expect(third).toBeInstanceOf(Promise);
  first();
  const release = await third;
  release();
  second();
  enterAtOnce(protection);
  enterAtOnce(protection);
});

test('a wait ends with ACQUIRE_TIMEOUT, and its place in line is gone', async () => {
  const protection = new PrimaryProtection(1);
  const release = enterAtOnce(protection);
  const late = Promise.resolve(protection.enter('realtime', 50));
  const refused = expect(late).rejects.toMatchObject({ name: 'RouterError', code: 'ACQUIRE_TIMEOUT' });
  vi.advanceTimersByTime(50);
  await refused;
  const patient = protection.enter('analytics', 1000);
  release();
  (await patient)();
  enterAtOnce(protection);
});

test('realtime is served before reads, reads before analytics, and who came first among equals', async () => {
  const protection = new PrimaryProtection(1);
  let release: Release | undefined = enterAtOnce(protection);
  const served: string[] = [];
  const asked: [Category, string][] = [
    ['analytics', 'a1'],
    ['read', 'r1'],
    ['realtime', 't1'],
    ['read', 'r2'],
    ['realtime', 't2'],
  ];
  for (const [category, name] of asked) {
    void Promise.resolve(protection.enter(category, 1000)).then((next) => {
      served.push(name);
      release = next;
    });
  }
  while (release !== undefined) {
    const now: Release = release;
    release = undefined;
    now();
    await vi.advanceTimersByTimeAsync(0);
  }
  expect(served).toEqual(['t1', 't2', 'r1', 'r2', 'a1']);
});

test('a release counts once, however often it is called', () => {
  const protection = new PrimaryProtection(2, { reservedForWrites: 0, fallbackConcurrency: 2 });
  const twice = enterAtOnce(protection);
  enterAtOnce(protection);
  twice();
  twice();
  enterAtOnce(protection);
  expect(() => enterAtOnce(protection)).toThrow('no slot');

  const fallbacks = new PrimaryProtection(4, { fallbackConcurrency: 2 });
  const again = fallbackAtOnce(fallbacks, 'read')!;
  again();
  again();
  expect(fallbacks.stats().fallbackInFlight).toBe(0);
  expect(admitted(fallbacks, 'read')).toHaveLength(2);
});

test('analytics may be half of the fallbacks, reads all, and realtime one more', () => {
  const protection = new PrimaryProtection(20, { fallbackConcurrency: 4 });
  expect(admitted(protection, 'analytics')).toHaveLength(2);
  expect(admitted(protection, 'read')).toHaveLength(2);
  expect(fallbackAtOnce(protection, 'analytics')).toBeUndefined();
  expect(admitted(protection, 'realtime')).toHaveLength(1);
  expect(protection.stats()).toMatchObject({
    fallbackInFlight: 5,
    shed: { analytics: 2, read: 1, realtime: 1 },
  });
});

test('fallbacks and other reads share the slots that are not reserved for writes', () => {
  const protection = new PrimaryProtection(3, { reservedForWrites: 1, fallbackConcurrency: 3 });
  const release = enterAtOnce(protection);
  expect(admitted(protection, 'realtime')).toHaveLength(1);
  expect(() => enterAtOnce(protection)).toThrow('no slot');
  release();
  expect(admitted(protection, 'realtime')).toHaveLength(1);
});

test('so many a second: analytics down to half of the bucket, reads to a tenth, realtime to the last token', () => {
  const clock = { ms: 0 };
  const protection = new PrimaryProtection(
    1000,
    { fallbackConcurrency: 500, fallbackPerSecond: 20 },
    () => clock.ms,
  );
  expect(admitted(protection, 'analytics')).toHaveLength(10);
  expect(admitted(protection, 'read')).toHaveLength(8);
  expect(admitted(protection, 'realtime')).toHaveLength(2);
  clock.ms = 200;
  expect(admitted(protection, 'realtime')).toHaveLength(4);
  clock.ms = 3_600_000;
  expect(admitted(protection, 'realtime')).toHaveLength(20);
});

test('less than one a second is one every few seconds, for any category', () => {
  const clock = { ms: 0 };
  const protection = new PrimaryProtection(100, { fallbackPerSecond: 0.5 }, () => clock.ms);
  for (const category of CATEGORIES) {
    const [release, ...more] = admitted(protection, category);
    expect(more).toEqual([]);
    release!();
    clock.ms += 2000;
  }
});

test.each([{ fallbackConcurrency: 0 }, { fallbackPerSecond: 0 }])('%j sheds every fallback', (options) => {
  const protection = new PrimaryProtection(10, options);
  for (const category of CATEGORIES) expect(admitted(protection, category)).toEqual([]);
});

test('a refusal says what was shed, why and what helps', async () => {
  const refusal = async (options: ProtectionOptions) => {
    const protection = new PrimaryProtection(4, options, () => 0);
    admitted(protection, 'read');
    const refused = Promise.resolve(protection.enterFallback('read')).catch((error) => error);
    vi.advanceTimersByTime(250);
    const error = await refused;
    expect(error).toMatchObject({ name: 'PrimaryBudgetExceeded', code: 'PRIMARY_BUDGET_EXCEEDED' });
    return (error as Error).message;
  };
  expect(await refusal({ fallbackConcurrency: 1 })).toMatch(
    /^A read request .*raise protection.fallbackConcurrency/,
  );
  expect(await refusal({ fallbackPerSecond: 2, fallbackConcurrency: 3 })).toMatch(
    /2 such requests per second/,
  );
  expect(await refusal({ reservedForWrites: 2, fallbackConcurrency: 9 })).toMatch(/all its 2 connections/);
});

test('a fallback waits a moment for a place, analytics the shortest, and realtime is served first', async () => {
  const protection = new PrimaryProtection(20, { fallbackConcurrency: 1 });
  const first = fallbackAtOnce(protection, 'read')!;
  const outcomes: string[] = [];
  const ask = (category: Category) =>
    Promise.resolve(protection.enterFallback(category)).then(
      (release) => {
        outcomes.push(category);
        release();
      },
      () => outcomes.push(`no ${category}`),
    );
  const asked = [ask('analytics'), ask('read'), ask('read')];
  await vi.advanceTimersByTimeAsync(50);
  expect(outcomes).toEqual(['no analytics']);
  const more = fallbackAtOnce(protection, 'realtime')!; // its own place on top
  asked.push(ask('realtime'));
  first();
  more();
  await Promise.all(asked);
  expect(outcomes).toEqual(['no analytics', 'realtime', 'read', 'read']);
});

test.each([
  [{ reservedForWrites: 4 }, /leaves reads none of the 4/],
  [{ fallbackConcurrency: -1 }, /fallbackConcurrency must be 0 or more, not -1/],
  [{ fallbackPerSecond: Number.NaN }, /fallbackPerSecond must be 0 or more, not NaN/],
])('%j is refused with a sentence', (options, sentence) => {
  expect(() => new PrimaryProtection(4, options)).toThrow(sentence);
});

test('whatever happens: never over a limit, no slot lost, and nobody waits beside a free one', async () => {
  const category = fc.constantFrom(...CATEGORIES);
  const step = fc.oneof(
    fc.record({ do: fc.constant('enter' as const), category, timeoutMs: fc.integer({ min: 1, max: 50 }) }),
    fc.record({ do: fc.constant('fallback' as const), category }),
    fc.record({ do: fc.constant('release' as const), which: fc.nat(30) }),
    fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 60 }) }),
  );
  const property = fc.asyncProperty(
    fc.integer({ min: 2, max: 8 }),
    fc.nat(4),
    fc.array(step, { maxLength: 60 }),
    async (poolSize, fallbackConcurrency, steps) => {
      const protection = new PrimaryProtection(poolSize, { fallbackConcurrency });
      const slots = poolSize - protection.stats().reservedForWrites;
      const held: { release: Release; fallback: boolean }[] = [];
      const given: Release[] = [];
      let waiting = 0;
      const grant = (release: Release) => held.push({ release, fallback: false });
      const settle = () => vi.advanceTimersByTimeAsync(0);
      for (const step of steps) {
        if (step.do === 'enter') {
          const entered = protection.enter(step.category, step.timeoutMs);
          if (entered instanceof Promise) {
            waiting++;
            void entered.then(grant, () => {}).then(() => waiting--);
          } else grant(entered);
        } else if (step.do === 'fallback') {
          const entered = Promise.resolve(protection.enterFallback(step.category));
          void entered.then((release) => held.push({ release, fallback: true })).catch(() => {});
        } else if (step.do === 'release' && held.length > 0) {
          const [one] = held.splice(step.which % held.length, 1);
          one!.release();
          given.push(one!.release);
        } else if (step.do === 'pass') await vi.advanceTimersByTimeAsync(step.ms);
        // What was given back before means nothing now.
        for (const release of given) release();
        await settle();
        const fallbacks = held.filter(({ fallback }) => fallback).length;
        expect(held.length).toBeLessThanOrEqual(slots);
        expect(fallbacks).toBeLessThanOrEqual(fallbackConcurrency === 0 ? 0 : fallbackConcurrency + 1);
        expect(protection.stats().fallbackInFlight).toBe(fallbacks);
        if (waiting > 0) expect(held.length).toBe(slots);
      }
      await vi.advanceTimersByTimeAsync(1000);
      while (held.length > 0) {
        held.pop()!.release();
        await settle();
      }
      expect(waiting).toBe(0);
      for (let slot = 0; slot < slots; slot++) enterAtOnce(protection);
      expect(() => enterAtOnce(protection)).toThrow('no slot');
    },
  );
  await fc.assert(property);
});
