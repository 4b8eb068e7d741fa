import { describe, expect, it } from 'vitest';
import { whySetAside } from '../../src/score/checks/judge.js';
import { exitCodeOf } from '../../src/score/exit-code.js';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import type { Scorecard } from '../../src/score/scorecard.js';
import type { TargetId } from '../../src/score/targets/index.js';
import { scoreTrials } from '../../src/score/trials.js';
import { capturedPair, equalPairsOf, failSlowest, pairOf, pairsOf, stretched } from './fixture.js';

const verdictOf = ({ scorecard }: Scorecard, id: TargetId) => scorecard.find((row) => row.id === id)?.verdict;

/** Latency that grows from block to block, as that of servers that fall behind does. */
function fallBehind({ load }: Pair['split'], factor = 36): void {
  const last = load.window.blocks.length - 1;
  load.window.blocks.forEach((block, i) => {
    for (const each of Object.values(block)) each.sumUs *= factor ** (i / last);
  });
}

describe('a split that can’t keep up', () => {
  it('misses the targets of latency, however fast it still was; the comparison can be believed', () => {
    const card = score([pairOf(undefined, ({ split }) => fallBehind(split))]);
    expect(card.valid).toBe(true);
    expect(verdictOf(card, 'analytics-speedup')).toBe('missed');
    expect(verdictOf(card, 'primary-cpu')).toBe('met');
    expect(card.headline).toMatch(
      /The split fell short: it was not steady over its window: latency rose [\d.]+x in the split\./,
    );
    expect(card.checks.find(({ id }) => id === 'steady')).toMatchObject({ state: 'result' });
    expect(exitCodeOf(card)).toBe(1);
  });

  it('is told so where its events were never sent, and its lag not seen', () => {
    const unsent = score([
      pairOf(undefined, ({ split: { accounting } }) => {
        accounting.notSent = 5;
        accounting.captured += 5;
        accounting.byCategory.read.notSent = 5;
        accounting.byCategory.read.captured += 5;
      }),
    ]);
    expect(unsent.valid).toBe(true);
    expect(verdictOf(unsent, 'analytics-speedup')).toBe('missed');
    const unseen = score([
      pairOf(undefined, ({ split }) => {
        split.lag!.unseen = 100;
      }),
    ]);
    expect(unseen.valid).toBe(true);
    expect(verdictOf(unseen, 'replica-lag')).not.toBe('met');
    expect(unseen.headline).toContain('the true lag is larger than measured: 100 of 600 followed commits');
  });

  it('may have servers too busy to say what they executed: reads that were not counted are not saved', () => {
    const silent = (node: 0 | 1) =>
      score([
        pairOf(undefined, ({ split }) => {
          Object.assign(split.volume[node]!, { short: 'no answer', wholeCalls: { read: 0, write: 0 } });
        }),
      ]);
    for (const node of [0, 1] as const) {
      expect(silent(node).valid).toBe(true);
      expect(silent(node).headline).toContain('did not answer each time');
    }
    expect(verdictOf(silent(0), 'primary-read-volume')).toBe('inconclusive');
    expect(verdictOf(silent(1), 'primary-read-volume')).toBe('met');
  });

  it('has no CPU saved for certain where that of its primary still rose', () => {
    const card = score([
      pairOf(undefined, ({ split }) => {
        const { series } = split.nodes[0]!;
        series.tMs.forEach((t, i) => {
          series.cpuCores[i]! *= 1 + Math.max(0, t) / 120_000;
        });
      }),
    ]);
    expect(card.valid).toBe(true);
    expect(verdictOf(card, 'primary-cpu')).toBe('inconclusive');
    expect(verdictOf(card, 'primary-read-volume')).toBe('met');
  });

  it('in one of several pairs counts by its value; in most of them the target is missed', () => {
    const pairs = pairsOf(5);
    fallBehind(pairs[1]!.split);
    expect(verdictOf(score(pairs), 'analytics-speedup')).toBe('inconclusive');
    for (const { split } of pairs.slice(2)) fallBehind(split);
    const card = score(pairs);
    expect(verdictOf(card, 'analytics-speedup')).toBe('missed');
    expect(card.scorecard.find(({ id }) => id === 'analytics-speedup')!.reason).toContain('pair 2, 3, 4, 5');
  });

  it('is nothing to compare with where it is a baseline', () => {
    const [pair] = equalPairsOf(1);
    fallBehind(pair!.split);
    expect(score([pair!])).toMatchObject({ valid: false });
    expect(whySetAside(pair!)).toMatch(/latency rose/);
  });
});

describe('requests that went unanswered', () => {
  const losing = (side: 'baseline' | 'split', count: number) =>
    score([pairOf(undefined, (pair) => failSlowest(pair[side], 'analytics', count))]);
  const rowOf = (card: Scorecard, id: TargetId) => card.scorecard.find((row) => row.id === id)!;

  it('are half a per cent of all and most of the reports: a split that fails the slow ones misses their target', () => {
    const card = losing('split', 120);
    expect(card.valid).toBe(true);
    const row = rowOf(card, 'analytics-speedup');
    expect(row.value).toBeLessThan(0.1);
    expect(row).toMatchObject({
      verdict: 'missed',
      reason: expect.stringContaining('120 of 204 analytics requests went unanswered in the split'),
      detail: expect.stringMatching(/Unanswered: 120 in the split, counted as 10 s each\.$/),
    });
    expect(card.headline).toContain(
      'The split fell short: 120 of 204 analytics requests went unanswered in the split.',
    );
    expect(exitCodeOf(card)).toBe(1);
    expect(card.regressions.find(({ id }) => id === 'analytics-p95')).toMatchObject({ worse: true });
  });

  it('cost a split nothing, so what it saved by them is not met', () => {
    const card = losing('split', 120);
    for (const id of ['primary-read-volume', 'primary-cpu', 'replica-lag', 'pool-utilisation'] as const)
      expect(rowOf(card, id)).toMatchObject({
        verdict: 'inconclusive',
        reason: expect.stringContaining('what it left undone cost it nothing'),
      });
  });

  it('of a baseline leave nothing to compare the others with, and spoil no other row', () => {
    const card = losing('baseline', 120);
    expect(card.valid).toBe(true);
    expect(rowOf(card, 'analytics-speedup')).toMatchObject({
      verdict: 'invalid',
      reason: expect.stringContaining('120 of 204 analytics requests went unanswered in the baseline'),
    });
    expect(verdictOf(card, 'primary-cpu')).toBe('met');
    expect(card.headline).toContain('nothing to compare: speed of analytics');
    expect(exitCodeOf(card)).toBe(3);
    expect(card.regressions.find(({ id }) => id === 'analytics-p95')).toMatchObject({
      worse: false,
      difference: null,
      sentence: expect.stringContaining('nothing to compare with'),
    });
  });

  it('may be nearly all of them, and the few answers that there are no reason to say nothing', () => {
    expect(verdictOf(losing('split', 200), 'analytics-speedup')).toBe('missed');
    expect(verdictOf(losing('baseline', 200), 'analytics-speedup')).toBe('invalid');
  });

  it('are tolerated up to two, or one in a hundred; those of a split count all the same', () => {
    const [none, two] = [score([pairOf()]), losing('split', 2)];
    expect(two.headline).not.toContain('fell short');
    expect(verdictOf(two, 'primary-cpu')).toBe('met');
    const speed = (card: Scorecard) => rowOf(card, 'analytics-speedup').value!;
    expect(speed(two)).toBeLessThan(speed(none));
    // Of a baseline they would flatter the split, so they are left out.
    expect(speed(losing('baseline', 2))).toBeLessThan(speed(none));
  });

  it('move a median and a tail as they move a mean', () => {
    const targets = [
      { metric: 'analytics-speedup-p50', bound: 1.2 },
      { metric: 'analytics-speedup-p95', bound: 1.2 },
    ] as const;
    const split = (count: number) =>
      score([pairOf(undefined, (pair) => failSlowest(pair.split, 'analytics', count))], { targets })
        .scorecard;
    const timeout = { split: expect.closeTo(10_000, -2), verdict: 'missed' };
    expect(split(120)).toMatchObject([timeout, timeout]);
    const [median, tail] = split(40);
    expect(median!.split).toBeLessThan(1000);
    expect(tail).toMatchObject(timeout);
  });

  it('in one of many pairs count by their values', () => {
    const pairs = pairsOf(5);
    failSlowest(pairs[3]!.split, 'analytics', 20);
    expect(rowOf(score(pairs), 'analytics-speedup')).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('in pair 4 went unanswered in the split'),
    });
  });

  it('are no losses where they had failed alike when they were captured', () => {
    const change = ({ baseline, split }: Pair) => {
      for (const { accounting, load } of [baseline, split]) {
        for (const each of [accounting, load.window.accounting]) {
          for (const part of [each, each.byCategory.write]) {
            part.captured += 900;
            part.failed += 900;
          }
        }
        load.errors = [
          { category: 'write', operation: 'INSERT', code: '23505 unique', count: 900, compared: 'same' },
        ];
        load.missingErrors = [];
      }
    };
    const card = score([capturedPair(change)]);
    expect(card.headline).not.toContain('unanswered');
    expect(verdictOf(card, 'primary-read-volume')).not.toBe('invalid');
    expect(card.valid).toBe(true);
  });
});

describe('a split that moves nothing', () => {
  /** As busy as its baselines, and over their load as often: in every third pair, where nothing else is to blame. */
  const pairs = equalPairsOf(10, 0.08).map(({ baseline, split }, index): Pair => {
    const replica = structuredClone(pairOf().split);
    Object.assign(split, { side: 'split', lag: replica.lag, consistency: [] });
    split.nodes.push({ ...replica.nodes[1]!, cpuSeconds: 1, utilisation: 0.03 });
    // What this model's baselines run at.
    for (const { plan } of [baseline, split]) plan.load.targetUtilisation = 0.87;
    if (index % 3 === 0) {
      fallBehind(split);
      Object.assign(split.nodes[0]!, { utilisation: 1, throttledPeriods: 3000, periods: 3000 });
      for (const category of ['analytics', 'write'] as const)
        split.load.window.latency[category] = stretched(split.load.window.latency[category]!, 4);
    }
    return { baseline, split };
  });

  it('misses its targets over ten pairs, and spoils none of them', () => {
    const trials = pairs.map((pair, index) => ({
      number: index + 1,
      first: 'split' as const,
      runs: { baseline: '', split: '' },
      pair,
      setAside: whySetAside(pair),
    }));
    // The baselines of this model wander, and some are too busy: that alone sets a pair aside.
    for (const { setAside } of trials) if (setAside !== null) expect(setAside).toMatch(/^the baseline was/);
    const card = scoreTrials(trials, { planned: 10, orderSeed: 1 });
    expect(card.trials!.pairs.filter(({ setAside }) => setAside === null).length).toBeGreaterThan(5);
    expect(card.valid).toBe(true);
    for (const id of ['primary-read-volume', 'primary-cpu', 'analytics-speedup'] as const)
      expect(verdictOf(card, id), id).toBe('missed');
    expect(exitCodeOf(card)).toBe(1);
  });
});
