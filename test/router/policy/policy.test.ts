import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { policies, type RoutingPolicy, resolvePolicy, validatePolicy } from '../../../src/router/index.js';
import { Rules, ShareCounter } from '../../../src/router/policy/rules.js';

const yeses = (share: number, n: number) => {
  const counter = new ShareCounter(share);
  return Array.from({ length: n }, () => counter.next());
};

describe('a share', () => {
  test('of a half alternates, of 0.3 is 3 of every 10, of 0 never and of 1 always yes', () => {
    expect(yeses(0.5, 6)).toEqual([false, true, false, true, false, true]);
    const tenths = yeses(0.3, 1000);
    for (let i = 0; i < 1000; i += 10) expect(tenths.slice(i, i + 10).filter(Boolean)).toHaveLength(3);
    expect(yeses(0, 100)).not.toContain(true);
    expect(yeses(1, 100)).not.toContain(false);
  });

  test('is never off by one request or more, however many were asked', () => {
    const within = fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (share) => {
      const counter = new ShareCounter(share);
      let kept = 0;
      for (let n = 1; n <= 2000; n++) {
        if (counter.next()) kept++;
        if (Math.abs(kept - n * share) >= 1) return false;
      }
      return true;
    });
    fc.assert(within);
  });

  test('makes up later for what could not be had, within reason', () => {
    const counter = new ShareCounter(0.5);
    expect(Array.from({ length: 10 }, () => counter.next(false))).not.toContain(true);
    expect(Array.from({ length: 12 }, () => counter.next()).filter(Boolean)).toHaveLength(11);
    for (let i = 0; i < 1000; i++) counter.next(false);
    expect(Array.from({ length: 600 }, () => counter.next()).filter(Boolean)).toHaveLength(400);
  });

  test('is kept apart for each rule', () => {
    const rules = new Rules(policies.balanced);
    const read = rules.for('read', 'menu');
    expect([read.staysByShare(true), read.staysByShare(true)]).toEqual([false, true]);
    expect(rules.for('read', undefined)).toBe(read);
    expect(rules.for('read', 'history').staysByShare(true)).toBe(false);
    expect(rules.for('analytics', undefined).staysByShare(true)).toBe(false);
  });
});

describe('the shipped policies', () => {
  test('are valid, named as they are found, and say what they do', () => {
    for (const [name, policy] of Object.entries(policies)) {
      expect(validatePolicy(structuredClone(policy))).toEqual(policy);
      expect(resolvePolicy(name)).toBe(policy);
      expect(policy.name).toBe(name);
    }
    expect(resolvePolicy()).toBe(policies.balanced);
  });

  test('an unknown name is answered with those there are', () => {
    expect(() => resolvePolicy('fast')).toThrow(
      'There is no routing policy "fast": use one of balanced, lsn, rails, everything-to-replica, primary-only.',
    );
    expect(() => resolvePolicy('toString')).toThrow(/no routing policy/);
  });
});

describe('a policy from outside', () => {
  const valid = (): RoutingPolicy => structuredClone(policies.balanced);
  const broken: [what: string, value: unknown, says: string][] = [
    ['not an object', 'x', 'the policy must be an object'],
    ['null', null, 'the policy must be an object'],
    ['no name', { ...valid(), name: '' }, 'name must be a text that is not empty'],
    ['an unknown key', { ...valid(), colour: 1 }, 'the policy has an unknown key "colour"'],
    ['no categories', { ...valid(), categories: undefined }, 'categories is missing'],
    [
      'a missing category',
      { ...valid(), categories: { read: { target: 'replica' } } },
      'categories.analytics is missing',
    ],
    [
      'a rule for writes',
      { ...valid(), categories: { ...valid().categories, write: { target: 'replica' } } },
      'categories has an unknown key "write"',
    ],
    [
      'a wrong target',
      { ...valid(), groups: { a: { target: 'both' } } },
      'groups.a.target must be "primary" or "replica"',
    ],
    [
      'a wrong share',
      { ...valid(), groups: { a: { target: 'replica', primaryShare: 50 } } },
      'groups.a.primaryShare must be a number from 0 to 1',
    ],
    [
      'a wrong mode',
      { ...valid(), groups: { a: { target: 'replica', consistency: 'eventual' } } },
      'groups.a.consistency must be "none", "delay", "lsn" or "strict"',
    ],
    [
      'a wrong time',
      { ...valid(), groups: { a: { target: 'replica', delayMs: '2s' } } },
      'groups.a.delayMs must be a number of milliseconds, 0 or more',
    ],
  ];

  test.each(broken)('with %s is refused in one sentence', (_, value, says) => {
    let message = '';
    try {
      validatePolicy(value);
    } catch (error) {
      message = (error as Error).message;
      expect(error).toMatchObject({ code: 'INVALID_POLICY' });
    }
    expect(message).toContain(`The routing policy is not valid: ${says}`);
    expect(message).toMatch(/\.$/);
  });
});
