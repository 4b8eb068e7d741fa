import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REPORTERS } from '../../src/report/reporters.js';
import { intervalInWords, VERDICTS, valueInWords } from '../../src/report/words.js';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import type { Scorecard } from '../../src/score/scorecard.js';
import { type Goal, TARGETS } from '../../src/score/targets/index.js';
import { VALUE_KINDS } from '../../src/score/targets/target.js';
import { equalPairsOf, failSlowest, pairOf, pairsOf } from './fixture.js';

/** What holds of any scorecard, whatever its runs measured. */

const bound = fc.double({ min: 0.2, max: 99, noNaN: true });
/** Targets on every metric that a workload may have, with bounds of any size. */
const goals = fc
  .tuple(bound, bound, fc.double({ min: 0.5, max: 9, noNaN: true }), bound, bound)
  .map(([reads, cpu, speed, lag, pool]): Goal[] => [
    { metric: 'primary-read-volume', bound: reads },
    { metric: 'primary-cpu', bound: cpu },
    { metric: 'analytics-speedup', bound: speed },
    { metric: 'replica-lag', bound: lag },
    { metric: 'pool-utilisation', bound: pool },
  ]);

/** Lag in ms and use of the pools of so many splits. */
const levels = (count: number) =>
  fc.array(
    fc.record({
      lagMs: fc.double({ min: 0.5, max: 200, noNaN: true }),
      use: fc.double({ min: 0.01, max: 1, noNaN: true }),
    }),
    { minLength: count, maxLength: count },
  );

function pairsWith(levels: { lagMs: number; use: number }[]): Pair[] {
  const pairs = pairsOf(levels.length);
  for (const [index, { split }] of pairs.entries()) {
    split.lag!.commitToVisible.meanMs = levels[index]!.lagMs;
    for (const pool of split.pools) pool.utilisationMean = levels[index]!.use;
  }
  return pairs;
}

const digits = (value: number | null | undefined) => value?.toPrecision(9);

/** What does not name the pairs in their order. */
const told = ({ scorecard, regressions, headline, decision, keyFigures }: Scorecard) => ({
  rows: scorecard.map(({ id, value, interval, verdict, difference, pairsNeeded }) => {
    const ends = [value, interval?.low, interval?.high].map(digits);
    return { id, ends, n: interval?.n, verdict, difference, pairsNeeded };
  }),
  costs: regressions.map(({ id, split, worse, difference }) => [id, digits(split), worse, difference]),
  key: keyFigures.map(({ baseline, split }) => [baseline, split].map(digits)),
  ...{ headline, decision },
});

describe('pairs', () => {
  it.each([3, 30])('say the same in any order, %i of them', (count) => {
    const pairs = pairsOf(count, undefined, 0.1);
    const asTheyCame = told(score(pairs));
    const order = fc.shuffledSubarray(
      pairs.map((_, index) => index),
      { minLength: count },
    );
    fc.assert(
      fc.property(order, (order) => {
        expect(told(score(order.map((index) => pairs[index]!)))).toEqual(asTheyCame);
      }),
      { numRuns: 3 },
    );
  });

  it('turned round, say the opposite', () => {
    const turned = ({ baseline, split }: Pair): Pair => ({ baseline: split, split: baseline });
    for (const pairs of [equalPairsOf(1, 0.3), equalPairsOf(4, 0.2)]) {
      const [there, back] = [score(pairs).scorecard, score(pairs.map(turned)).scorecard];
      for (const [index, row] of there.entries()) {
        const other = back[index]!;
        if (row.kind === 'level' || row.value === null || other.value === null) continue;
        const log = VALUE_KINDS[row.kind].log;
        expect(log(row.value), row.id).toBeCloseTo(-log(other.value), 9);
        expect(log(row.interval!.low), row.id).toBeCloseTo(-log(other.interval!.high), 9);
        expect(row.pValue!).toBeCloseTo(other.pValue!, 6);
      }
    }
  });

  it('that left a target open ask for more than there are', () => {
    fc.assert(
      fc.property(goals, fc.integer({ min: 2, max: 6 }).chain(levels), (targets, levels) => {
        const pairs = pairsWith(levels);
        for (const { pairsNeeded, verdict } of score(pairs, { targets }).scorecard) {
          if (!pairsNeeded) continue;
          expect(verdict).toBe('inconclusive');
          const { pairs: needed, range } = pairsNeeded;
          for (const each of [needed, range?.low, range?.high])
            if (each != null) expect(each).toBeGreaterThan(pairs.length);
        }
      }),
      { numRuns: 30 },
    );
  });
});

it('the more of its reports a split loses, the slower it is, and never is it met', () => {
  let before = Number.POSITIVE_INFINITY;
  for (const lost of [0, 1, 2, 3, 8, 40, 150, 203]) {
    const card = score(
      [pairOf(undefined, ({ split }) => lost > 0 && failSlowest(split, 'analytics', lost))],
      {
        targets: [{ metric: 'analytics-speedup', bound: 0.01 }],
      },
    );
    const [row] = card.scorecard;
    expect(row!.value!, `${lost} lost`).toBeLessThan(before);
    if (lost > 2) expect(row!.verdict).not.toBe('met');
    before = row!.value!;
  }
});

describe('the formats', () => {
  const LINKS = { baseline: '../a/run.json', split: '../b/run.json' };

  it('agree on each value, interval and verdict', async () => {
    await fc.assert(
      fc.asyncProperty(goals, fc.constantFrom(1, 3).chain(levels), async (targets, levels) => {
        const pairs = pairsWith(levels);
        const scorecard = score(pairs, { targets });
        const input = { pair: pairs[0]!, scorecard, links: LINKS };
        const formats = ['terminal', 'markdown', 'junit', 'html'] as const;
        const rendered = await Promise.all(formats.map((format) => REPORTERS[format].render(input)));
        // Without the marks that a format needs, and where it breaks its lines.
        const texts = rendered.map((text) => text.replaceAll('\\', '').replace(/\s+/g, ' '));
        for (const row of scorecard.scorecard) {
          const said = [valueInWords(row), intervalInWords(row), VERDICTS[row.verdict].word];
          for (const [index, text] of texts.entries()) {
            // A test that passes says nothing.
            if (formats[index] === 'junit' && row.verdict === 'met') continue;
            for (const words of said) expect(text, formats[index]).toContain(words);
          }
        }
        expect(JSON.parse(REPORTERS.json.render(input) as string).scorecard).toEqual(
          JSON.parse(JSON.stringify(scorecard.scorecard)),
        );
      }),
      { numRuns: 10 },
    );
  });

  it('show no value as on its target that isn’t, and judge none by how it was rounded', () => {
    const near = fc.tuple(fc.constantFrom(...Object.values(TARGETS)), fc.integer({ min: 1, max: 99 }));
    const off = fc.constantFrom(-0.04, -0.004, -0.00004, 0.00004, 0.004, 0.04);
    fc.assert(
      fc.property(near, off, ([{ value: kind, unit }, bound], by) => {
        const value = bound * (1 + by / 100);
        const target = { op: VALUE_KINDS[kind].op, value: bound };
        const interval = { low: value, high: value, level: 0.95, method: 't' as const, n: 3 };
        const row = { ...score([pairOf()]).scorecard[0]!, kind, unit, target, value, interval };
        const shown = valueInWords(row).match(/[\d.]+/)![0];
        expect(Number(shown)).not.toBe(bound);
        expect(intervalInWords(row)).toContain(shown);
      }),
      { numRuns: 60 },
    );
  });
});
