import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CountedStatement, inspect, PARTS, type Work } from '../../src/inspect/inspection.js';
import { policies } from '../../src/router/policy/policy.js';

const statement = (over: Partial<CountedStatement> = {}): CountedStatement => ({
  text: 'SELECT * FROM menus WHERE id = $1',
  category: 'read',
  hint: {},
  onPrimary: null,
  looksLikeRead: true,
  inTransaction: 0,
  ...{ calls: 100, execMs: 50, blocks: 400 },
  ...over,
});
const write = (over: Partial<CountedStatement> = {}) =>
  statement({ category: 'write', onPrimary: 'it inserts rows', looksLikeRead: false, ...over });

describe('what a replica could take', () => {
  it('is all reads outside of transactions that may write, as far as the policy moves them', () => {
    const { parts, readsMoved } = inspect(
      [statement(), statement({ inTransaction: 40 }), write({ calls: 30, execMs: 200, blocks: 10 })],
      policies.lsn,
    );
    expect(parts.moves).toEqual({ calls: 160, execMs: 80, blocks: 640 });
    expect(parts.transaction).toEqual({ calls: 40, execMs: 20, blocks: 160 });
    expect(parts.primary).toEqual({ calls: 30, execMs: 200, blocks: 10 });
    expect(readsMoved).toBe(0.8);
    expect(inspect([statement({ inTransaction: 40 })], policies.balanced)).toMatchObject({
      readsMoved: 0.3,
      readsMovable: 0.6,
    });
  });

  it('is half of the plain reads and all analytics by the default policy, and what a group has a rule for', () => {
    const [plain, report, history, now] = [
      statement(),
      statement({ category: 'analytics' }),
      statement({ hint: { group: 'history' } }),
      statement({ category: 'realtime' }),
    ].map((each) => inspect([each], policies.balanced).readsMoved);
    expect([plain, report, history, now]).toEqual([0.5, 1, 1, 0]);
  });

  it('is nothing that a comment keeps on the primary', () => {
    const kept = statement({ hint: { target: 'primary' } });
    const { readsMoved, readsMovable, statements } = inspect([kept], policies.lsn);
    expect([readsMoved, readsMovable]).toEqual([0, 0]);
    expect(statements[0]!.stays).toBe('the policy keeps it on the primary');
  });

  it('is the most that could be where nobody counted transactions', () => {
    expect(inspect([statement({ inTransaction: null })], policies.lsn)).toMatchObject({
      readsMoved: 1,
      atMost: true,
    });
    expect(inspect([statement()], policies.lsn).atMost).toBe(false);
  });

  it('is not known of a workload without reads, or without any statement', () => {
    expect(inspect([write()], policies.lsn).readsMoved).toBeNull();
    expect(inspect([], policies.lsn)).toMatchObject({ readsMoved: null, statements: [] });
  });

  it('is told by statement, those first that take most time, each with why it stays', () => {
    const { statements } = inspect(
      [
        statement({ text: 'a', execMs: 1 }),
        statement({ text: 'b', execMs: 9, inTransaction: 100 }),
        write({ text: 'c', execMs: 5 }),
        statement({ text: 'd', execMs: 2, category: 'realtime' }),
      ],
      policies.lsn,
    );
    expect(statements.map(({ text, moves, stays }) => [text, moves, stays])).toEqual([
      ['b', 0, 'it runs within transactions that may write'],
      ['c', 0, 'it inserts rows'],
      ['d', 0, 'the policy keeps it on the primary'],
      ['a', 1, null],
    ]);
  });

  it('adds up, by whatever is counted, to all that there is', () => {
    const counted = fc.array(
      fc
        .record({
          calls: fc.integer({ min: 1, max: 1e6 }),
          execMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
          blocks: fc.integer({ min: 0, max: 1e6 }),
          category: fc.constantFrom('read', 'analytics', 'realtime', 'write'),
          held: fc.double({ min: 0, max: 1, noNaN: true }),
          group: fc.constantFrom(undefined, 'history', 'unheard-of'),
        })
        .map(({ held, group, ...of }) =>
          statement({
            ...of,
            hint: { group },
            inTransaction: Math.floor(held * of.calls),
          } as Partial<CountedStatement>),
        ),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(counted, fc.constantFrom(...Object.values(policies)), (some, policy) => {
        const { parts, readsMoved } = inspect(some, policy);
        for (const column of ['calls', 'execMs', 'blocks'] as (keyof Work)[]) {
          const of = (from: Work[]) => from.reduce((sum, each) => sum + each[column]!, 0);
          expect(of(Object.values(parts))).toBeCloseTo(of(some), 3);
          for (const part of Object.keys(PARTS))
            expect(parts[part as keyof typeof PARTS][column]).toBeGreaterThanOrEqual(0);
        }
        if (readsMoved !== null) {
          expect(readsMoved).toBeGreaterThanOrEqual(0);
          expect(readsMoved).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
