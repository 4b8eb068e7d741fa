import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keyFigures } from '../../src/score/key-figures.js';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import { geometricMean, sideMean } from '../../src/score/statistics/estimate.js';
import { pairOf } from './fixture.js';

const figure = (pairs: readonly Pair[], id: string) => keyFigures(pairs, []).find((each) => each.id === id)!;

it('of a pair are its own, with the change of what has one', () => {
  const pair = pairOf();
  const [before, after] = [pair.baseline, pair.split].map(({ nodes }) => nodes[0]!.utilisation! * 100) as [
    number,
    number,
  ];
  expect(figure([pair], 'primary-cpu')).toMatchObject({
    baseline: expect.closeTo(before, 9),
    split: expect.closeTo(after, 9),
    control: null,
  });
  expect(figure([pair], 'primary-cpu').changePercent).toBeCloseTo((after / before - 1) * 100, 9);
  expect(figure([pair], 'replica-share')).toMatchObject({ baseline: null, changePercent: null });
  expect(figure([pair], 'lag-mean')).toMatchObject({ baseline: null, changePercent: null });
});

it('of several pairs are those of the rows: plain means of levels, geometric ones of what is compared', () => {
  const pairs = [2, 4, 200].map((times) =>
    pairOf(undefined, ({ split }) => {
      split.lag!.commitToVisible.meanMs = times;
      split.pools[0]!.utilisationMean = times / 400;
      split.nodes[0]!.utilisation! *= times / 200;
    }),
  );
  const { scorecard } = score(pairs);
  const row = (id: string) => scorecard.find((each) => each.id === id)!;
  expect(figure(pairs, 'lag-mean').split).toBeCloseTo(206 / 3, 9);
  expect(figure(pairs, 'lag-mean').split).toBe(row('replica-lag').value);
  expect(figure(pairs, 'pool-mean')).toMatchObject({
    baseline: row('pool-utilisation').baseline,
    split: row('pool-utilisation').split,
  });
  expect(figure(pairs, 'primary-cpu')).toMatchObject({
    baseline: row('primary-cpu').baseline,
    split: row('primary-cpu').split,
  });
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
  expect(figure([pair], 'analytics-execution').split).toBeCloseTo(20, 9);
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
