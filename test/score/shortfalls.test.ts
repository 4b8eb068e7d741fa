import { describe, expect, it } from 'vitest';
import { whySetAside } from '../../src/score/checks/judge.js';
import { exitCodeOf } from '../../src/score/exit-code.js';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import type { Scorecard } from '../../src/score/scorecard.js';
import type { TargetId } from '../../src/score/targets/index.js';
import { scoreTrials } from '../../src/score/trials.js';
import { equalPairsOf, pairOf, pairsOf, stretched } from './fixture.js';

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
    expect(verdictOf(card, 'analytics-speedup')).toBe('met');
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

describe('a split that moves nothing', () => {
  /** As busy as its baselines, and over their load as often: in every third pair, where nothing else is to blame. */
  const pairs = equalPairsOf(10, 0.08).map(({ baseline, split }, index): Pair => {
    const replica = structuredClone(pairOf().split);
    Object.assign(split, { side: 'split', lag: replica.lag, consistency: [] });
    split.nodes.push({ ...replica.nodes[1]!, cpuSeconds: 1, utilisation: 0.03 });
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
