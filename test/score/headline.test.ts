import { describe, expect, it } from 'vitest';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import { pairOf } from './fixture.js';

describe('the headline', () => {
  it('is its parts, one after the other', () => {
    for (const change of [() => {}, ({ split }: Pair) => Object.assign(split.machine, { stealShare: 0.5 })]) {
      const { headline, headlineParts } = score([pairOf(undefined, change)]);
      expect(headlineParts.map(({ sentence }) => sentence).join(' ')).toBe(headline);
    }
  });

  it('has the figures that it states, and of what makes it worthless those beyond their limit', () => {
    const [change, targets] = score([pairOf()]).headlineParts;
    expect(change).toMatchObject({
      kind: 'change',
      figures: [
        { unit: 'percent', limit: { op: '>=', value: 40 } },
        { unit: 'percent', limit: { op: '>=', value: 40 } },
        { unit: 'ratio', limit: { op: '>=', value: 2 } },
      ],
    });
    expect(targets).toMatchObject({ kind: 'targets', figures: [{ value: 4, limit: { value: 5 } }] });
    const invalid = score([
      pairOf(undefined, ({ split }) => {
        split.machine.stealShare = 0.5;
      }),
    ]);
    expect(invalid.headlineParts).toMatchObject([
      { kind: 'not-comparable', figures: [{ value: 50, unit: 'percent', limit: { op: '<', value: 10 } }] },
      { kind: 'worthless' },
    ]);
  });
});
