import { describe, expect, it } from 'vitest';
import type { Figure } from '../../src/score/figures/figure.js';
import { latency } from '../../src/score/figures/latency.js';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import type { Scorecard } from '../../src/score/scorecard.js';
import { TARGETS, type TargetId } from '../../src/score/targets/index.js';
import { capturedPair, type Model, pairOf, pairsOf, smartmenuModel, stretched } from './fixture.js';

/** So many reports in the window; plain reads cost as much more as the others did, so that the load stays. */
function withReports(count: number, ratePerSecond = smartmenuModel.ratePerSecond): Model {
  const { mix, costMs, durationS } = smartmenuModel;
  const analytics = count / (ratePerSecond * durationS);
  const saved = (mix.analytics - analytics) * costMs.analytics;
  return {
    ...smartmenuModel,
    ratePerSecond,
    mix: { ...mix, analytics },
    costMs: { ...costMs, read: costMs.read + saved / mix.read },
  };
}

const rowIn = (card: Scorecard, id: TargetId) => card.scorecard.find((row) => row.id === id)!;
const costIn = (card: Scorecard, id: string) => card.regressions.find((cost) => cost.id === id)!;
const speedOf = (pairs: Pair[]) => rowIn(score(pairs), 'analytics-speedup');
const P95 = { targets: [{ metric: 'analytics-speedup-p95', bound: 2 }] } as const;

describe('a single pair', () => {
  it.each([2, 19])('with %i reports a side has no verdict about their speed, whatever it is', (count) => {
    const card = score([pairOf(withReports(count))]);
    expect(card.valid).toBe(true);
    expect(rowIn(card, 'analytics-speedup')).toMatchObject({
      ...{ verdict: 'too-little', value: null, interval: null, difference: null, pValue: null },
      reason: `Too few answers in the baseline: ${count} of at least 20.`,
    });
    expect(card.headline).not.toContain('analytics answered');
    const invalid = pairOf(withReports(count), ({ split }) => {
      split.processes.generatorCores = 0.99;
    });
    expect(speedOf([invalid])).toMatchObject({ verdict: 'invalid', value: expect.any(Number) });
  });

  it('has a verdict from twenty on, but not where they came in a few time blocks', () => {
    const enough = pairOf(withReports(24));
    expect(speedOf([enough])).toMatchObject({ interval: { method: 'blocks' } });
    for (const block of enough.split.load.window.blocks.slice(5)) delete block.analytics;
    expect(speedOf([enough])).toMatchObject({
      verdict: 'too-little',
      reason: 'Too few time blocks with answers in the split: 5 of at least 8.',
    });
  });

  it('with fewer than a hundred answers tells nothing of their tail, and calls no cost of it worse or not', () => {
    const pair = pairOf(withReports(99), ({ split }) => {
      const { latency } = split.load.window;
      latency.analytics = stretched(latency.analytics!, 50);
    });
    const card = score([pair], P95);
    const untold = 'too few answers in the baseline: 99 of at least 100';
    expect(rowIn(card, 'analytics-speedup-p95')).toMatchObject({ verdict: 'too-little' });
    expect(costIn(card, 'analytics-p95')).toMatchObject({
      ...{ worse: false, difference: null, interval: null, untold },
      sentence: `Analytics latency p95 is not judged (${untold}).`,
    });
    expect(costIn(score([pairOf(withReports(120))]), 'analytics-p95').untold).toBeUndefined();
  });

  it('whose baseline used less than a quarter of its budget tells nothing of CPU', () => {
    const idle = (utilisation: number) =>
      rowIn(
        score([
          pairOf(undefined, ({ baseline, split }) => {
            baseline.plan.load.targetUtilisation = null;
            split.plan.load.targetUtilisation = null;
            baseline.nodes[0]!.utilisation = utilisation;
            split.nodes[0]!.utilisation = utilisation / 2;
          }),
        ]),
        'primary-cpu',
      );
    expect(idle(0.09)).toMatchObject({
      verdict: 'too-idle',
      reason: 'The primary was too idle: it used 9 % of the budget, at least 25 % is needed.',
    });
    expect(idle(0.25)).toMatchObject({ value: 50 });
  });

  it('that followed fewer than a hundred commits tells nothing of the lag', () => {
    const lag = (count: number) =>
      rowIn(
        score([pairOf(undefined, ({ split }) => Object.assign(split.lag!.commitToVisible, { count }))]),
        'replica-lag',
      );
    expect(lag(99)).toMatchObject({
      verdict: 'too-little',
      reason: 'Too few commits followed to a replica: 99 of at least 100.',
    });
    expect(lag(100)).toMatchObject({ verdict: 'met' });
  });

  it('that is too short for an interval has values, and no verdict by them', () => {
    const card = score([pairOf({ ...smartmenuModel, durationS: 30 })]);
    for (const id of ['primary-cpu', 'analytics-speedup', 'pool-utilisation'] as const)
      expect(rowIn(card, id)).toMatchObject({
        ...{ value: expect.any(Number), interval: null, verdict: 'inconclusive' },
        reason: expect.stringMatching(
          /^No interval: the window has 6 time blocks, at least 8 are needed\. About/,
        ),
      });
    expect(costIn(card, 'write-p95')).toMatchObject({ worse: false, untold: expect.any(String) });
  });

  it('has a verdict without an interval where nothing at all is left', () => {
    const none = pairOf(undefined, ({ split }) => {
      for (const volume of split.volume) volume.reads.calls = 0;
    });
    expect(rowIn(score([none]), 'primary-read-volume')).toMatchObject({
      ...{ value: 100, interval: null, verdict: 'met' },
    });
  });
});

describe('several pairs', () => {
  const few = (count: number, seeds: (pair: number) => number) =>
    pairsOf(3, withReports(count, 660)).map((pair, index) => {
      for (const run of [pair.baseline, pair.split]) run.plan.workload.seed = seeds(index);
      return pair;
    });

  it('that replay one trace with fewer than fifty reports tell nothing of their speed', () => {
    expect(speedOf(few(49, () => 1))).toMatchObject({
      verdict: 'too-little',
      reason: 'Too few different requests: 49 of at least 50.',
    });
    expect(speedOf(few(50, () => 1))).toMatchObject({ interval: { method: 't' } });
  });

  it('that have a trace each are taken together', () => {
    const reports = (count: number) => latency('analytics', 'mean').floor?.(few(count, (pair) => pair));
    expect(reports(16)?.words).toBe('too few different requests: 48 of at least 50');
    expect(reports(17)).toBeNull();
  });

  it('are as good as the worst of them in the tail, in CPU and in the lag', () => {
    const pairs = pairsOf(3);
    pairs[1]!.baseline.nodes[0]!.utilisation = 0.2;
    pairs[2]!.split.lag!.commitToVisible.count = 40;
    pairs[2]!.split.load.window.latency.analytics!.count = 60;
    const below = (id: TargetId) => (TARGETS[id].figure as Figure).floor?.(pairs)?.words;
    expect(below('analytics-speedup-p95')).toBe('too few answers in the split of pair 3: 60 of at least 100');
    expect(below('primary-cpu')).toBe(
      'the primary was too idle: it used 20 % of the budget, at least 25 % is needed',
    );
    expect(below('replica-lag')).toBe('too few commits followed to a replica: 40 of at least 100');
  });

  it('that are two have intervals, and neither verdicts nor differences', () => {
    const card = score(pairsOf(2));
    for (const row of card.scorecard)
      expect(row).toMatchObject({
        ...{ interval: { n: 2 }, difference: null, pValue: null, verdict: 'inconclusive' },
        reason: expect.stringMatching(/^2 pairs: at least 3 are needed\./),
      });
    expect(costIn(card, 'write-p95')).toMatchObject({
      ...{ worse: false, difference: null, interval: { method: 't', n: 2 } },
      sentence: 'Write latency p95 is not judged (2 pairs: at least 3 are needed).',
    });
  });

  it('have an interval where a few reads were left on the primary in some of them', () => {
    const pairs = pairsOf(3);
    for (const [index, { split }] of pairs.entries()) split.volume[0]!.reads.calls = index === 1 ? 20 : 0;
    expect(rowIn(score(pairs), 'primary-read-volume')).toMatchObject({
      ...{ verdict: 'met', interval: { method: 't', n: 3 } },
    });
  });
});

describe('what would be enough is a command', () => {
  const commandOf = (pairs: Pair[], id: TargetId, again?: string) =>
    rowIn(score(pairs, { ...(id === 'analytics-speedup-p95' && P95), again }), id).command;
  /** At a rate that was given: it is kept. */
  const given = (pair: Pair, ratePerSecond: number | null = 680): Pair => {
    for (const { plan } of [pair.baseline, pair.split])
      Object.assign(plan.load, { targetUtilisation: null, ratePerSecond });
    return pair;
  };

  it('of traffic of its own in each pair, which is as much longer as a few pairs need', () => {
    expect(commandOf([pairOf(withReports(19))], 'analytics-speedup')).toBe('bench trials --seeds');
    expect(commandOf([pairOf(withReports(19))], 'analytics-speedup', 'bench trials --plan a --seeds')).toBe(
      'bench trials --plan a --seeds',
    );
    // 5 pairs of 7 reports each, where 5 of 2 would be too few.
    expect(commandOf([pairOf(withReports(2))], 'analytics-speedup')).toBe(
      'bench trials --duration 390s --seeds',
    );
    expect(commandOf([given(pairOf(withReports(2)))], 'analytics-speedup')).toBe(
      'bench trials --duration 390s --seeds',
    );
    expect(commandOf(pairsOf(3, withReports(10, 660)), 'analytics-speedup')).toBe(
      'bench trials --duration 150s --seeds --pairs 3',
    );
  });

  it('of longer runs, for a tail and for the lag', () => {
    expect(commandOf([pairOf(withReports(99))], 'analytics-speedup-p95')).toBe('bench trials --duration 90s');
    const lag = pairOf(undefined, ({ split }) => Object.assign(split.lag!.commitToVisible, { count: 26 }));
    expect(commandOf([given(lag)], 'replica-lag')).toBe('bench trials --duration 5m');
  });

  it('of a load at which the primary is busy', () => {
    const idle = (pair: Pair) => {
      pair.baseline.nodes[0]!.utilisation = 0.1;
      return pair;
    };
    expect(commandOf([idle(given(pairOf()))], 'primary-cpu')).toBe('bench trials --rate auto');
    const aimed = pairOf();
    for (const { plan } of [aimed.baseline, aimed.split]) plan.load.targetUtilisation = 0.2;
    expect(commandOf([idle(aimed)], 'primary-cpu')).toBe('bench trials --rate auto --utilisation 50%');
    expect(commandOf([idle(capturedPair())], 'primary-cpu')).toBe('bench trials --speed 5');
    const application = given(pairOf(), 30);
    for (const { plan } of [application.baseline, application.split]) plan.workload.kind = 'application';
    expect(commandOf([idle(application)], 'primary-cpu')).toBe('bench trials --rate 150');
  });

  it('and none where the workload itself says how long it lasts', () => {
    const short = capturedPair(({ split }) => Object.assign(split.lag!.commitToVisible, { count: 26 }));
    expect(rowIn(score([short]), 'replica-lag')).toMatchObject({ verdict: 'too-little' });
    expect(commandOf([short], 'replica-lag')).toBeUndefined();
  });

  it('which the decision gives too, where nothing else can be told', () => {
    const pair = pairOf(withReports(2));
    for (const node of [...pair.baseline.nodes, ...pair.split.nodes])
      node.budget = { method: 'none', cpus: null };
    expect(score([pair]).decision).toMatchObject({
      case: 'too-little',
      command: 'bench trials --duration 390s --seeds --control',
    });
  });
});

it('what is not tested takes no part in the correction for many figures', () => {
  const all = score(pairsOf(3));
  const idle = pairsOf(3);
  for (const { baseline } of idle) baseline.nodes[0]!.utilisation! /= 5;
  const tested = score(idle);
  // Two figures of CPU fewer.
  const p = (card: Scorecard) => costIn(card, 'write-p95').pValue!;
  expect(p(tested)).toBeLessThan(p(all));
});
