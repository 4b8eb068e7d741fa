import { describe, expect, it } from 'vitest';
import { nodeOf } from '../../src/record/words.js';
import { exitCodeOf } from '../../src/score/exit-code.js';
import { score } from '../../src/score/score.js';
import { since } from '../../src/score/since.js';
import { pairsOf, smartmenuModel } from './fixture.js';

/** All the work costs so many times as much: a slower machine, on both sides. */
function slower(factor: number) {
  const { costMs } = smartmenuModel;
  const model = { ...smartmenuModel, ratePerSecond: 500 };
  const pairs = pairsOf(5, {
    ...model,
    costMs: {
      write: costMs.write * factor,
      read: costMs.read * factor,
      analytics: costMs.analytics * factor,
      realtime: costMs.realtime * factor,
    },
  });
  for (const { plan } of pairs.flatMap(({ baseline, split }) => [baseline, split]))
    plan.load.targetUtilisation = null;
  return pairs;
}

/** Splits whose primary uses so many times the CPU. */
function busier(factor: number) {
  return slower(1).map((pair) => {
    const primary = nodeOf(pair.split, 'primary')!;
    primary.utilisation! *= factor;
    primary.cpuSeconds! *= factor;
    return pair;
  });
}

const cpuOf = (changes: ReturnType<typeof since>) => changes.find(({ id }) => id === 'primary-cpu')!;

describe('since an earlier comparison', () => {
  const before = score(slower(1));

  it('the same split is no worse, nor is it on a slower machine', () => {
    for (const now of [score(slower(1)), score(slower(1.2))]) {
      const changes = since(before, now);
      for (const id of ['primary-read-volume', 'primary-cpu'])
        expect(changes.find((each) => each.id === id)).toMatchObject({ change: 'none-found' });
      expect(exitCodeOf({ ...now, since: changes }, ['worse'])).toBe(0);
    }
  });

  it('a split that needs more is worse, and one that needs less better', () => {
    const now = score(busier(1.4));
    const changes = since(before, now);
    expect(cpuOf(changes)).toMatchObject({ change: 'worse', ratio: expect.closeTo(1.4, 1) });
    expect(exitCodeOf({ ...now, since: changes }, ['worse'])).toBe(1);
    expect(cpuOf(since(now, before))).toMatchObject({ change: 'better' });
  });

  it('the interval of the ratio is as wide as both together', () => {
    const { interval } = cpuOf(since(before, score(busier(1.4))));
    const alone = before.scorecard.find(({ id }) => id === 'primary-cpu')!;
    const left = (less: number) => Math.log(1 - less / 100);
    const reach = left(alone.interval!.low) - left(alone.value!);
    expect(Math.log(interval!.high) - Math.log(1.4)).toBeGreaterThan(reach * 0.99);
    expect(Math.log(interval!.high) - Math.log(1.4)).toBeLessThan(reach * 2);
  });

  it('a speed-up at another load is another question, and not compared', () => {
    const at = (atLoad: number | undefined, card = before) => ({
      ...card,
      scorecard: card.scorecard.map((row) => (row.id === 'analytics-speedup' ? { ...row, atLoad } : row)),
    });
    const speedOf = (then: number | undefined, now: number | undefined) =>
      since(at(then), at(now)).find(({ id }) => id === 'analytics-speedup')!;
    expect(speedOf(84.2, 95)).toMatchObject({
      change: 'not-compared',
      reason: 'It was measured at 84.2 % load then, and at 95 % now: a speed-up depends on that.',
    });
    for (const [then, now] of [
      [90, 95],
      [undefined, 95],
      [90, undefined],
    ] as const)
      expect(speedOf(then, now)).toMatchObject({ change: 'none-found' });
  });

  it('what can’t be compared says why: levels, what is invalid, what was no target', () => {
    const changes = since(before, score(slower(1)));
    expect(changes.find(({ id }) => id === 'replica-lag')).toMatchObject({
      change: 'not-compared',
      reason: expect.stringContaining('A level depends on the machine'),
    });
    expect(cpuOf(since({ ...before, valid: false }, before)).reason).toContain('then is not valid');
    expect(cpuOf(since(before, { ...before, valid: false })).reason).toContain('now is not valid');
    expect(cpuOf(since({ ...before, scorecard: [] }, before)).reason).toContain('no target then');
    const single = score(
      slower(1)
        .slice(0, 2)
        .map((pair) => ({ ...pair })),
    );
    const open = single.scorecard.map((row) => ({ ...row, interval: null }));
    expect(cpuOf(since({ ...single, scorecard: open }, before)).reason).toContain('no interval');
  });
});
