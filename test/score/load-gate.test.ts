import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/record/run.js';
import { exitCodeOf } from '../../src/score/exit-code.js';
import { latency } from '../../src/score/figures/latency.js';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import type { Scorecard } from '../../src/score/scorecard.js';
import { histogram, pairOf, pairsOf, smartmenuModel } from './fixture.js';

const speedOf = ({ scorecard }: Scorecard) => scorecard.find(({ id }) => id === 'analytics-speedup')!;

function givenRate(...pairs: Pair[]): Pair[] {
  for (const { baseline, split } of pairs)
    for (const { plan } of [baseline, split]) plan.load.targetUtilisation = null;
  return pairs;
}

/** Says that baselines ran at these loads, one each. */
function loaded(pairs: Pair[], loads: number[]): Pair[] {
  pairs.forEach(({ baseline }, i) => {
    baseline.nodes[0]!.utilisation = loads[i]!;
  });
  return pairs;
}

describe('a target of speed', () => {
  /** Far below what these pairs reach. */
  const targets = [{ metric: 'analytics-speedup', bound: 1.3 }] as const;

  it('is neither met nor missed where nothing had to wait: no replica could have met it', () => {
    const idle = score(givenRate(pairOf({ ...smartmenuModel, ratePerSecond: 250 })));
    expect(idle.valid).toBe(true);
    expect(speedOf(idle)).toMatchObject({
      verdict: 'too-idle',
      reason: expect.stringMatching(
        /^Too idle to tell: if nothing had waited in the baseline \(3\d(\.\d)? % of its budget\), it would have been only 1\.\d+x as fast; the target is 2x\.$/,
      ),
    });
    expect(speedOf(idle).command).toBe('bench trials --rate auto');
    expect(idle.headline).toContain('; too idle to tell: speed of analytics');
    expect(exitCodeOf(idle)).toBe(3);
    const lower = score(givenRate(pairOf({ ...smartmenuModel, ratePerSecond: 250 })), {
      targets: [{ metric: 'analytics-speedup', bound: 1.1 }],
    });
    expect(speedOf(lower).reason ?? '').not.toContain('idle');
  });

  it('is judged at the load that the rate was found for: the median baseline within 5 points of it', () => {
    const at = (...loads: number[]) =>
      speedOf(score(loaded(pairsOf(loads.length, undefined, 0.01), loads), { targets }));
    expect(at(0.84, 0.84, 0.91, 0.84, 0.9)).toMatchObject({
      verdict: 'inconclusive',
      atLoad: 84,
      reason: 'Measured at 84 % of the budget, aimed at 90 %: find the rate again.',
      command: 'bench trials --rate auto --pairs 5',
    });
    // Nor would more pairs at such a load decide what is open besides.
    const open = speedOf(score(loaded(pairsOf(3, undefined, 0.3), [0.84, 0.84, 0.84])));
    expect(open.reason).toMatch(/^The interval contains .* find the rate again\.$/);
    expect(open.reason).not.toContain('pairs would tell');
    expect(open).not.toHaveProperty('pairsNeeded');
    // It is no matter of each pair: to drop those that are off would flatter.
    expect(at(0.79, 0.85, 0.86, 0.96, 0.97)).toMatchObject({ verdict: 'met', atLoad: 86 });
    expect(at(0.85, 0.85, 0.85, 0.85).verdict).toBe('met');
    expect(at(0.95, 0.95, 0.95).verdict).toBe('met');
    expect(at(0.96, 0.96, 0.96)).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('Measured at 96 % of the budget, aimed at 90 %'),
    });
  });

  it('that is aimed at more than 95 % of the budget is not judged beyond it', () => {
    const pairs = loaded(pairsOf(3), [0.96, 0.96, 0.96]);
    for (const { baseline, split } of pairs)
      for (const { plan } of [baseline, split]) plan.load.targetUtilisation = 0.94;
    expect(speedOf(score(pairs))).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('over 95 % a little more load changes the speed a lot'),
    });
  });

  it('is judged at whatever load a given rate makes, and says which', () => {
    const card = score(givenRate(...loaded(pairsOf(3, undefined, 0.01), [0.8, 0.81, 0.83])), { targets });
    expect(speedOf(card)).toMatchObject({ verdict: 'met', atLoad: 81 });
    expect(card.headline).toMatch(/^Analytics answered [\d.]+x as fast at 81 % load/);
    const [without] = givenRate(pairOf());
    without!.baseline.nodes[0]!.budget = { method: 'none', cpus: null };
    expect(speedOf(score([without!]))).not.toHaveProperty('atLoad');
  });

  it('may be missed at any load by a split that left its reports unanswered or fell behind', () => {
    const pair = pairOf({ ...smartmenuModel, ratePerSecond: 250 }, ({ split }) => {
      split.accounting.notSent = 1;
      split.accounting.captured += 1;
      split.accounting.byCategory.read.notSent = 1;
      split.accounting.byCategory.read.captured += 1;
    });
    expect(speedOf(score(givenRate(pair))).verdict).toBe('missed');
  });
});

describe('a latency at rest', () => {
  /** Reports of two kinds; one in ten of each waited for nothing. */
  const run = {
    load: {
      window: {
        latency: {},
        operations: { quick: 'analytics', long: 'analytics', menu: 'read' },
        latencyByOperation: {
          quick: histogram(
            30,
            (() => {
              let i = 0;
              return () => (i++ % 10 === 0 ? 100_000 : 900_000);
            })(),
          ),
          long: histogram(
            10,
            (() => {
              let i = 0;
              return () => (i++ % 10 === 0 ? 500_000 : 3_000_000);
            })(),
          ),
          menu: histogram(10, () => 1000),
        },
      },
    },
  } as unknown as RunRecord;
  const rest = (statistic: 'mean' | 0.5 | 0.95) => latency('analytics', statistic).atRest!(run);

  it('is made of the fastest tenth of each of its operations', () => {
    expect(rest('mean')).toBeCloseTo((30 * 100 + 10 * 500) / 40, 6);
    expect([rest(0.5), rest(0.95)]).toEqual([100, 500]);
  });

  it('is of all its answers where operations have no names, and unknown where there are none', () => {
    const { window } = structuredClone(run.load);
    window.latencyByOperation = {};
    const of = () => latency('analytics', 'mean').atRest!({ load: { window } } as RunRecord);
    expect(of()).toBeNull();
    window.latency.analytics = histogram(
      10,
      (() => {
        let i = 0;
        return () => 1000 * ++i;
      })(),
    );
    expect(of()).toBe(1);
  });
});
