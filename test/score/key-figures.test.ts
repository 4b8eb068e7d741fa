import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keyFigures } from '../../src/score/key-figures.js';
import type { Pair } from '../../src/score/pair.js';
import { geometricMean, sideMean } from '../../src/score/statistics/estimate.js';
import { pairOf } from './fixture.js';

const figure = (pairs: readonly Pair[], id: string) =>
  keyFigures(pairs, null).find((each) => each.id === id)!;

it('of a pair are its own, with the change of what has one', () => {
  const pair = pairOf();
  const [before, after] = [pair.baseline, pair.split].map(({ nodes }) => nodes[0]!.utilisation! * 100) as [
    number,
    number,
  ];
  expect(figure([pair], 'primary-cpu')).toMatchObject({ baseline: before, split: after, control: null });
  expect(figure([pair], 'primary-cpu').changePercent).toBeCloseTo((after / before - 1) * 100, 9);
  expect(figure([pair], 'replica-share')).toMatchObject({ baseline: null, changePercent: null });
  expect(figure([pair], 'lag-mean')).toMatchObject({ baseline: null, changePercent: null });
});

it('of several pairs are the means of each side', () => {
  const pairs = [1, 2, 4].map((times) =>
    pairOf(undefined, ({ split }) => {
      split.lag!.commitToVisible.meanMs = times;
    }),
  );
  expect(figure(pairs, 'lag-mean').split).toBeCloseTo(2, 9);
});

it('the execution of analytics is that of the statements declared so, wherever they ran', () => {
  const pair = pairOf(undefined, ({ split }) => {
    const [primary, replica] = split.volume;
    const [report] = replica!.statements.filter(({ category }) => category === 'analytics');
    for (const volume of split.volume)
      volume.statements = volume.statements.filter(({ category }) => category !== 'analytics');
    replica!.statements.push({ ...report!, calls: 10, execMs: 500 });
    primary!.statements.push({ ...report!, calls: 30, execMs: 300 });
  });
  expect(figure([pair], 'analytics-execution').split).toBe(20);
  for (const { statements } of pair.split.volume)
    for (const statement of statements) delete statement.category;
  expect(figure([pair], 'analytics-execution')).toMatchObject({ split: null, changePercent: null });
});

it('a side’s mean is the geometric one: the ratio of two is that of the mean log-ratio', () => {
  const positive = fc.array(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(positive, (values) => {
      const mean = sideMean(values)!;
      expect(mean / geometricMean(values)).toBeCloseTo(1, 9);
      expect(mean).toBeLessThanOrEqual(Math.max(...values) * (1 + 1e-9));
      expect(mean).toBeGreaterThanOrEqual(Math.min(...values) * (1 - 1e-9));
    }),
  );
  expect(sideMean([0, 4])).toBe(2);
  expect(sideMean([1, null])).toBeNull();
  expect(sideMean([])).toBeNull();
});
