import { describe, expect, it } from 'vitest';
import type { EqualTrials } from '../../src/score/equal-trials.js';
import type { Pair } from '../../src/score/pair.js';
import { type ScoreOptions, score } from '../../src/score/score.js';
import type { Regression, ScoreRow } from '../../src/score/scorecard.js';
import { equalPairsOf, pairOf, pairsOf, smartmenuModel, stretched } from './fixture.js';

function rowIn(pair: Pair, id: string, options?: ScoreOptions): ScoreRow | Regression {
  const { scorecard, regressions } = score([pair], options);
  return [...scorecard, ...regressions].find((row) => row.id === id)!;
}

/** The split's reports take so many times as long. */
const speedChangedBy = (factor: number) =>
  pairOf(undefined, ({ split }) => {
    const { window } = split.load;
    window.latency.analytics = stretched(window.latency.analytics!, factor);
    for (const block of window.blocks) block.analytics = stretched(block.analytics!, factor);
  });

/** Half the width of an interval of a ratio, as a logarithm. */
function reach({ interval }: ScoreRow | Regression): number {
  return Math.log(interval!.high / interval!.low) / 2;
}

/** Trials whose runs don't differ at all: with them an interval is that of the time blocks alone. */
const still: EqualTrials = {
  id: 'still-trials',
  pairs: Array.from({ length: 3 }, () => {
    const { baseline } = pairOf();
    return { baseline, split: baseline };
  }),
};

describe('the interval of a single pair', () => {
  it('is none where its blocks differ by more than a number can say', () => {
    const wild = pairOf(undefined, ({ split }) => {
      split.lag!.series.lagMs[0] = 1e14;
    });
    expect(rowIn(wild, 'replica-lag').interval).toBeNull();
  });

  it('is widened by what equal runs differ by: half its width is √(blocks² + noise²)', () => {
    for (const id of ['analytics-speedup', 'write-p95', 'total-cpu']) {
      const blocks = rowIn(pairOf(), id, { equal: still });
      const found = rowIn(pairOf(), id);
      expect(blocks.interval!.widened).toEqual({ by: 1, from: 'still-trials' });
      const { by, from } = found.interval!.widened!;
      expect(from).toBeNull();
      expect(reach(found)).toBeCloseTo(Math.hypot(reach(blocks), Math.log(by)), 6);
    }
  });

  it('is what verdict and difference go by: 2.3x is no proof of 2x, but 9x is', () => {
    const speed = (factor: number) => rowIn(speedChangedBy(factor), 'analytics-speedup') as ScoreRow;
    expect(speed(1)).toMatchObject({ verdict: 'inconclusive', interval: { method: 'blocks' } });
    expect(speed(1).value).toBeGreaterThan(2.2);
    expect(speed(0.25)).toMatchObject({ verdict: 'met', difference: 'faster' });
    expect(speed(2)).toMatchObject({ difference: 'none-found' });
    expect(speed(9)).toMatchObject({ verdict: 'missed', difference: 'slower' });
    expect(rowIn(speedChangedBy(1), 'analytics-speedup', { equal: still })).toMatchObject({
      verdict: 'met',
      difference: 'faster',
    });
  });

  it('is widened the more, the busier its servers were, and the more a figure waits for others', () => {
    const by = (utilisation: number, id: string) => {
      const pair = pairOf(undefined, ({ baseline, split }) => {
        for (const node of [...baseline.nodes, ...split.nodes]) node.utilisation = utilisation;
      });
      return rowIn(pair, id).interval!.widened!.by;
    };
    const of = (utilisation: number) =>
      ['primary-read-volume', 'primary-cpu', 'analytics-speedup', 'write-p50'].map((id) =>
        by(utilisation, id),
      );
    const [reads, cpu, reports, writes] = of(0.3);
    expect([reads, cpu].map((each) => each!.toFixed(3))).toEqual(['1.006', '1.319']);
    expect(cpu).toBeLessThan(reports!);
    expect(reports).toBeLessThan(writes!);
    const busy = of(0.9);
    expect(busy.slice(0, 2)).toEqual([reads, cpu]);
    expect(busy[2]!).toBeCloseTo(reports! ** (0.7 / 0.25), 6);
    expect(busy[3]!).toBeCloseTo(busy[2]! ** 2, 6);
  });

  it('goes by trials of equal runs where there are some, and names them', () => {
    const trials = (count: number): EqualTrials => ({ id: '2026-trials', pairs: equalPairsOf(count, 0.02) });
    const card = score([pairOf()], { equal: trials(5) });
    const [reads, cpu, speed, lag] = card.scorecard.map(({ interval }) => interval!.widened!);
    expect([reads, cpu, speed].map((each) => each!.from)).toEqual([
      '2026-trials',
      '2026-trials',
      '2026-trials',
    ]);
    // No trials of baselines say anything of a replica.
    expect(lag!.from).toBeNull();
    // Runs that differ by 2 % in cost, where 10 are assumed.
    expect(cpu!.by).toBeGreaterThan(1.02);
    expect(cpu!.by).toBeLessThan(1.14);
    expect(card.notes.join(' ')).toMatch(
      /widened, .* CPU of the primary 1\.\d+x.* \(seen in 2026-trials\); Replica lag/,
    );
    expect(score([pairOf()], { equal: trials(2) }).scorecard[1]!.interval!.widened!.from).toBeNull();
    expect(score([pairOf()]).notes.join(' ')).toContain(
      'assumed for this load; "bench trials --aa" measures it',
    );
  });

  it('of a level is widened too, and stays below what it can be', () => {
    const pool = (share: number) =>
      rowIn(
        pairOf(undefined, ({ split }) => {
          for (const pool of split.pools) {
            pool.utilisationMean = share;
            pool.series.busy = pool.series.busy.map(() => share * pool.size);
          }
        }),
        'pool-utilisation',
      ) as ScoreRow;
    expect(pool(0.2)).toMatchObject({ verdict: 'met' });
    expect(pool(0.65)).toMatchObject({ verdict: 'inconclusive' });
    expect(pool(0.95).interval!.high).toBe(100);
  });

  it('of several pairs is not', () => {
    for (const { interval } of score(pairsOf(3)).scorecard) expect(interval!.widened).toBeUndefined();
  });
});

it('single pairs of equal runs that differ by 10 % in cost show no difference', () => {
  const different = equalPairsOf(12, 0.1).filter((pair) => {
    const { scorecard, regressions } = score([pair]);
    return [...scorecard, ...regressions].some(
      ({ difference }) => difference === 'faster' || difference === 'slower',
    );
  });
  expect(different).toEqual([]);
});

it('a short single pair has nothing to widen', () => {
  const { scorecard } = score([pairOf({ ...smartmenuModel, durationS: 30 })]);
  expect(scorecard.every(({ interval }) => interval === null)).toBe(true);
});
