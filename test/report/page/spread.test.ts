import fc from 'fast-check';
import { expect, it } from 'vitest';
import { spread } from '../../../src/report/page/spread.js';

it('labels that have room stay where they are', () => {
  expect(spread([80, 10, 45], 15, [0, 100])).toEqual([80, 10, 45]);
});

it('labels too close to each other move apart, and back from an edge', () => {
  expect(spread([50, 52], 15, [0, 100])).toEqual([50, 65]);
  expect(spread([98, 97, 20], 15, [0, 100])).toEqual([100, 85, 20]);
});

it('labels keep their order and their gap, and stay within the stretch while there is room', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -20, max: 120 }), { maxLength: 7 }), (at) => {
      const placed = spread(at, 15, [0, 100]);
      const order = at.map((_, index) => index).sort((a, b) => at[a]! - at[b]!);
      for (const [i, index] of order.entries()) {
        expect(placed[index]).toBeGreaterThanOrEqual(0);
        expect(placed[index]).toBeLessThanOrEqual(100);
        if (i > 0) expect(placed[index]! - placed[order[i - 1]!]!).toBeGreaterThanOrEqual(15);
      }
    }),
  );
});
