import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/record/run.js';
import { nodeOf } from '../../src/record/words.js';
import { whySetAside } from '../../src/score/checks/judge.js';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import type { Scorecard } from '../../src/score/scorecard.js';
import type { TargetId } from '../../src/score/targets/index.js';
import { scoreTrials } from '../../src/score/trials.js';
import { equalPairsOf, failSlowest, pairOf, pairsOf, runOf, smartmenuModel } from './fixture.js';

/** That no part of a scorecard says what another one denies. */

const rowOf = (card: Scorecard, id: TargetId) => card.scorecard.find((row) => row.id === id)!;

function controlFor({ baseline }: Pair, seed: number): RunRecord {
  const run = runOf({ ...smartmenuModel, ratePerSecond: 660, nodeCpus: 1, seed }, 'baseline');
  return { ...run, side: 'control', id: `control-${seed}`, plan: structuredClone(baseline.plan) };
}

describe('two pairs', () => {
  it('have no verdicts, not even of what is exactly 0', () => {
    const pairs = pairsOf(2).map((pair) => {
      pair.split.volume[0]!.reads.calls = 0;
      for (const pool of pair.split.pools) pool.utilisationMean = 0;
      return pair;
    });
    const card = score(pairs);
    expect(card.headline).toContain('two pairs of runs, which are too few for verdicts');
    expect(card.headline).toContain('0 of 5 targets met');
    for (const id of ['primary-read-volume', 'pool-utilisation'] as const)
      expect(rowOf(card, id).reason).toContain('2 pairs: at least 3 are needed.');
  });

  it('name a range of pairs only where there is one', () => {
    const [one, other] = pairsOf(2);
    for (const [pair, meanMs] of [
      [one!, 30],
      [other!, 30.1],
    ] as const)
      pair.split.lag!.commitToVisible.meanMs = meanMs;
    const { reason } = rowOf(score([one!, other!]), 'replica-lag');
    expect(reason).toContain('About 3 pairs would tell (judging by how much these 2 differ).');
  });
});

it('what is exactly on its target is judged as that, however its figure was computed', () => {
  const pairs = pairsOf(3).map((pair) => {
    for (const [side, calls] of [
      ['baseline', 31_083],
      ['split', 17_095.65],
    ] as const)
      pair[side].volume[0]!.reads.calls = calls;
    return pair;
  });
  const [row] = score(pairs, { targets: [{ metric: 'primary-read-volume', bound: 45 }] }).scorecard;
  expect(row!.value).not.toBe(45);
  expect(row).toMatchObject({ value: expect.closeTo(45, 9), verdict: 'met' });
});

it('what pairs left open is not decided by as many or fewer', () => {
  const lags = [10, 12, 15, 60, 11];
  const pairs = pairsOf(5).map((pair, index) => {
    pair.split.lag!.commitToVisible.meanMs = lags[index]!;
    return pair;
  });
  const row = rowOf(score(pairs), 'replica-lag');
  expect(row).toMatchObject({ verdict: 'inconclusive', command: 'bench trials --pairs 6' });
  expect(row.pairsNeeded).toMatchObject({ pairs: 6, range: { low: 6 } });
  expect(row.reason).toContain('About 6 pairs would tell (6 to 18,');
});

describe('a row that has nothing to compare with', () => {
  const card = score([pairOf(undefined, ({ baseline }) => failSlowest(baseline, 'analytics', 60))]);

  it('is claimed nothing of, whether the sides differ or not', () => {
    expect(card.valid).toBe(true);
    expect(rowOf(card, 'analytics-speedup')).toMatchObject({
      verdict: 'invalid',
      difference: null,
      pValue: null,
    });
    expect(card.headline).toContain('nothing to compare: speed of analytics');
    expect(card.headlineParts.find(({ kind }) => kind === 'change')!.sentence).not.toContain('analytics');
  });
});

it('requests that could not be counted in a latency are not said to have been', () => {
  const card = score([
    pairOf(undefined, ({ split }) => {
      failSlowest(split, 'analytics', 60);
      // As of a captured trace that leaves them out: they were not sent, and say nothing of when.
      split.load.window.failedByBlock = [];
    }),
  ]);
  const { verdict, reason } = rowOf(card, 'analytics-speedup');
  expect(verdict).toBe('inconclusive');
  expect(reason).toContain('60 of 204 analytics requests went unanswered in the split, and none of them');
  expect(reason).not.toContain('counted as');
});

it('a lag of which commits are missing is neither told as it is nor decided by more of the same', () => {
  const card = score([
    pairOf(undefined, ({ split: { lag } }) => {
      lag!.unseen = lag!.commitToVisible.count;
      lag!.commitToVisible.meanMs = 50;
    }),
  ]);
  const row = rowOf(card, 'replica-lag');
  expect(row).toMatchObject({ verdict: 'inconclusive', reason: expect.stringContaining('did not keep up') });
  expect(row.pairsNeeded).toBeUndefined();
  expect(card.headline).toContain('a lag of at least 50 ms');
});

it('there is no room to grow in budgets that the machine does not have', () => {
  const card = score([
    pairOf(undefined, ({ baseline, split }) => {
      for (const { plan, nodes } of [baseline, split]) {
        plan.load.targetUtilisation = null;
        for (const node of plan.topology.nodes) node.cpus = 4;
        for (const node of nodes) {
          node.budget.cpus = 4;
          node.utilisation! /= 2;
          node.cpuSeconds! *= 4;
        }
      }
    }),
  ]);
  expect(card.headroom).toBeNull();
  expect(card.decision!.sentence).not.toContain('room');
  expect(card.notes.join(' ')).toContain('The CPU budgets add up to 8 cores, and this machine has 2:');
});

describe('controls', () => {
  it('of most pairs are compared with those', () => {
    const pairs = pairsOf(5).map((pair, index) =>
      index < 4 ? { ...pair, control: controlFor(pair, 50 + index) } : pair,
    );
    const { decision, control } = score(pairs);
    expect(control!.runs).toHaveLength(4);
    expect(control!.figures[0]!.ofSplit.interval).not.toBeNull();
    expect(decision!.sentence).not.toContain('a single run');
    // As the same pairs say if each has its control.
    const whole = score(pairs.map((pair) => ({ ...pair, control: pair.control ?? controlFor(pair, 54) })));
    expect([decision!.kind, decision!.case]).toEqual([whole.decision!.kind, whole.decision!.case]);
  });

  it('that all pairs were set aside for are said to be why, where the pairs are compared all the same', () => {
    const trials = pairsOf(3).map((pair, index) => {
      const control = controlFor(pair, 50 + index);
      control.machine.stealShare = 0.5;
      const of = { ...pair, control };
      return {
        ...{ number: index + 1, first: 'baseline' as const, runs: { baseline: 'a', split: 'b' } },
        ...{ pair: of, setAside: whySetAside(of) },
      };
    });
    const { notes } = scoreTrials(trials, { planned: 3, orderSeed: 1 });
    expect(notes[0]).toMatch(
      /^All 3 pairs were set aside, and are compared all the same \(pair 1: .*50 % in the control/,
    );
  });
});

describe('costs at equal speed of the machine', () => {
  /** The gauge says what a latency says, and the split had the faster machine. */
  function gauged(pairs: Pair[], faster: number): Pair[] {
    for (const [index, pair] of pairs.entries())
      for (const side of ['baseline', 'split'] as const) {
        const speed = 1 + 0.01 * ((index * (side === 'split' ? 3 : 5)) % 7);
        const more = side === 'split' ? 1 / faster : 1;
        const run = pair[side];
        run.gauge.unitMs = 2 * speed * more;
        const nodes = run.nodes.length;
        for (const node of run.nodes) node.cpuSeconds = (13 * speed * more * (1 + 0.001 * index)) / nodes;
        nodeOf(run, 'primary')!.utilisation = 0.88 * speed * more;
      }
    return pairs;
  }

  it('are not said to have fallen where they rose, or the other way round', () => {
    const equal = { id: 'equal', pairs: gauged(equalPairsOf(8), 1) };
    // The machine of the splits was 10 % faster, which is all that their CPU fell by, and a little more.
    const card = score(gauged(pairsOf(6), 1.1), { equal });
    const cost = card.regressions.find(({ id }) => id === 'total-cpu')!;
    expect(cost.split).toBeLessThan(cost.baseline!);
    expect(cost.sentence).toMatch(
      /used [\d.]+ cores in the baseline and [\d.]+ cores in the split; at equal speed of the machine, that is (the same|[\d.]+ % (more|less))/,
    );
  });
});
