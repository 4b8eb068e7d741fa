import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CountedSession } from '../../src/load/census.js';
import { deal, roleOf, threadsFor } from '../../src/load/player/deal.js';

const sessions = fc
  .array(
    fc.record({
      user: fc.constantFrom('shopper', 'reporter', 'nobody', undefined),
      fromMs: fc.nat(1000),
      lastsMs: fc.nat(300),
      events: fc.integer({ min: 1, max: 50 }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map(
    (list) =>
      new Map<number, CountedSession>(
        list.map(({ user, fromMs, lastsMs, events }, i) => [
          3 * i,
          { user, events, fromMs, toMs: fromMs + lastsMs },
        ]),
      ),
  );

/** The roles that there are, each with its sessions. */
function byRole(all: ReadonlyMap<number, CountedSession>): Record<string, number[]> {
  const roles: Record<string, number[]> = { shopper: [], reporter: [], '': [] };
  for (const [session, { user }] of all) roles[roleOf(roles, user)]!.push(session);
  return roles;
}

/** The largest number of the sessions that are between their first and last event at one moment. */
function peak(all: ReadonlyMap<number, CountedSession>, among: Iterable<number>): number {
  const spans = [...among].map((session) => all.get(session)!);
  return Math.max(
    0,
    ...spans.map(({ fromMs: at }) => spans.filter((s) => s.fromMs <= at && s.toMs >= at).length),
  );
}

describe('what is dealt to the threads of the player', () => {
  test('is every session once, with all its events', () => {
    fc.assert(
      fc.property(sessions, fc.integer({ min: 1, max: 5 }), (all, threads) => {
        const dealt = deal(all, { threads, roles: { shopper: 2, reporter: 1, '': 9 } }).flatMap((share) => [
          ...share.sessions,
        ]);
        const as = { shopper: 'shopper', reporter: 'reporter' } as Record<string, string>;
        expect(new Map(dealt)).toEqual(
          new Map(
            [...all].map(([session, { events, user = '' }]) => [session, { events, role: as[user] ?? '' }]),
          ),
        );
        expect(dealt).toHaveLength(all.size);
      }),
    );
  });

  test('is, of each role, all its connections, and in each thread enough where there are in all', () => {
    fc.assert(
      fc.property(sessions, fc.integer({ min: 1, max: 5 }), fc.nat(3), (all, threads, spare) => {
        const own = Object.entries(byRole(all));
        const roles = Object.fromEntries(own.map(([role, its]) => [role, peak(all, its) + spare]));
        const shares = deal(all, { threads, roles });
        for (const [role, its] of own) {
          const sizes = shares.map(({ poolSizes }) => poolSizes!.get(role)!);
          expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(roles[role]);
          for (const share of shares) {
            const here = its.filter((session) => share.sessions.has(session));
            expect(peak(all, here)).toBeLessThanOrEqual(share.poolSizes!.get(role)!);
          }
        }
      }),
    );
  });

  test('is as much for roles whose names JavaScript’s objects have, too', () => {
    const users = ['constructor', '__proto__', 'constructor', 'toString'];
    const all = new Map(users.map((user, i) => [i, { user, events: 1, fromMs: i, toMs: 10 }]));
    const roles = Object.fromEntries([
      ['constructor', 2],
      ['__proto__', 1],
      ['', 1],
    ]);
    const [share] = deal(all, { threads: 1, roles });
    expect([...share!.sessions.values()].map(({ role }) => role)).toEqual([
      'constructor',
      '__proto__',
      'constructor',
      '',
    ]);
    expect(share!.atStart).toEqual(
      new Map([
        ['constructor', 2],
        ['__proto__', 1],
        ['', 1],
      ]),
    );
    expect(share!.poolSizes!.get('__proto__')).toBe(1);
  });

  test('is of a like number of events where all sessions last as long', () => {
    const all = new Map(Array.from({ length: 8 }, (_, i) => [i, { events: 10, fromMs: 0, toMs: 1000 }]));
    expect(deal(all, { threads: 2, roles: { '': 10 } }).map((share) => share.sessions.size)).toEqual([4, 4]);
  });

  test('needs several threads only for a rate, sessions, cores and connections that are enough for them', () => {
    const census = (peakPerSecond: number, count: number) => ({
      peakPerSecond,
      sessions: new Map(Array.from({ length: count }, (_, i) => [i, { events: 1, fromMs: 0, toMs: 0 }])),
    });
    const large = { cores: 8, poolSize: 80 };
    expect(threadsFor(census(1000, 80), large)).toBe(1);
    expect(threadsFor(census(100_000, 80), large)).toBe(4);
    expect(threadsFor(census(100_000, 3), large)).toBe(3);
    expect(threadsFor(census(100_000, 80), { cores: 8, poolSize: 9 })).toBe(2);
    expect(threadsFor(census(100_000, 80), { cores: 8, poolSize: 1 })).toBe(1);
    expect(threadsFor(census(100_000, 80), { cores: 4, poolSize: undefined })).toBe(2);
    expect(threadsFor(census(100_000, 80), { cores: 2, poolSize: 80 })).toBe(1);
  });
});
