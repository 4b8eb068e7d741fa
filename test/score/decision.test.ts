import { describe, expect, it } from 'vitest';
import { nodeOf } from '../../src/record/words.js';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import type { DecisionCase } from '../../src/score/scorecard.js';
import { equalPairsOf, pairOf, pairsOf, smartmenuModel, stretched } from './fixture.js';

const PLAN = { again: 'bench trials --plan reports/a/run.json' };

/** Pairs of which each is bent. */
function bent(pairs: Pair[], change: (pair: Pair) => void): Pair[] {
  pairs.forEach(change);
  return pairs;
}

/** Makes the busiest server of the split this busy, as a share of the primary's in the baseline. */
function busyAs(share: number): (pair: Pair) => void {
  return ({ baseline, split }) => {
    const before = nodeOf(baseline, 'primary')!.utilisation!;
    for (const node of split.nodes) {
      const factor = (before * share) / node.utilisation!;
      node.utilisation! *= factor;
      node.cpuSeconds! *= factor;
      node.series.cpuCores = node.series.cpuCores.map((cores) => cores * factor);
    }
  };
}

/** Reports of the split take so many times what they took in the baseline. */
function reportsAs(times: number): (pair: Pair) => void {
  return ({ baseline, split }) => {
    const of = ({ load }: Pair['split']) => load.window.latency.analytics!;
    split.load.window.latency.analytics = stretched(of(baseline), times);
    split.load.window.blocks.forEach((block, i) => {
      const before = baseline.load.window.blocks[i]!.analytics!;
      block.analytics = stretched(before, times);
    });
  };
}

/** One primary with the CPU of all nodes, so busy and so fast as these shares of the split's servers and reports. */
function control(busy: number, slow: number): (pair: Pair) => void {
  return (pair) => {
    const own = structuredClone({ ...pair.baseline, side: 'control' as const, id: `${pair.baseline.id}-c` });
    const most = Math.max(...pair.split.nodes.map(({ utilisation }) => utilisation!));
    for (const node of own.nodes) {
      node.budget.cpus! *= 2;
      node.utilisation = most * busy;
    }
    own.load.window.latency.analytics = stretched(pair.split.load.window.latency.analytics!, slow);
    pair.control = own;
  };
}

const CASES: [DecisionCase, string, () => Pair[], RegExp][] = [
  [
    'invalid',
    'cannot-be-believed',
    () =>
      bent(pairsOf(3), ({ split }) => {
        split.machine.stealShare = 0.5;
      }),
    /^Nothing can be decided from these runs\. \S/,
  ],
  [
    'fell-short',
    'not-worth-it',
    () =>
      bent(pairsOf(3), ({ split }) => {
        split.lag!.unseen = 100;
      }),
    /^Not worth it as it is: the split did not keep up with the load\./,
  ],
  [
    'bigger-primary',
    'not-worth-it',
    () => bent(pairsOf(5), control(0.8, 0.7)),
    /^Not worth it for speed: one primary with the CPU of all nodes carries 1\.2\d?x as much traffic as the split and answers analytics 1\.4\d?x as fast\./,
  ],
  [
    'room-left',
    'not-worth-it',
    () =>
      bent(pairsOf(3, { ...smartmenuModel, ratePerSecond: 200 }), (pair) => {
        for (const { plan } of [pair.baseline, pair.split]) plan.load.targetUtilisation = null;
        reportsAs(1)(pair);
      }),
    /^Not worth it yet: the primary alone can carry at least [23]\.\d+x of this traffic\.$/,
  ],
  [
    'gain',
    'worth-it',
    () => pairsOf(5, smartmenuModel, 0.01),
    /^Worth it: with the replica, there is room for [\d.]+x the traffic \([\d.]+x to [\d.]+x\), and analytics are [\d.]+x as fast \(.*\)\. What one primary with the CPU of all nodes would do was not measured\.$/,
  ],
  [
    'no-gain',
    'not-worth-it',
    () =>
      bent(pairsOf(5), (pair) => {
        busyAs(1)(pair);
        reportsAs(1)(pair);
      }),
    /^Not worth it: with the replica, there is room for at most 1(\.\d+)?x the traffic, and analytics are at most 1(\.\d+)?x as fast\. What one primary with the CPU of all nodes would do was not measured\.$/,
  ],
  [
    'too-little',
    'measure-more',
    () =>
      bent(pairsOf(3, { ...smartmenuModel, mix: { ...smartmenuModel.mix, analytics: 0 } }), (pair) => {
        for (const { nodes } of [pair.baseline, pair.split])
          for (const node of nodes) Object.assign(node, { utilisation: null, cpuSeconds: null });
      }),
    /^Measure more: nothing can be concluded yet \(no CPU budget was measured\)\.$/,
  ],
  [
    'open',
    'measure-more',
    () =>
      bent(pairsOf(5), (pair) => {
        const spread = 1 + 0.1 * ((pair.split.id.charCodeAt(pair.split.id.length - 1) % 3) - 1);
        busyAs(0.78 * spread)(pair);
        reportsAs(0.82 * spread)(pair);
      }),
    /^Measure more: .* About \d+ pairs would tell\. What one primary .* was not measured\.$/,
  ],
];

describe('a decision', () => {
  it.each(CASES)('%s: %s', (name, kind, pairs, sentence) => {
    const { decision } = score(pairs(), PLAN);
    expect(decision).toMatchObject({ case: name, kind, sentence: expect.stringMatching(sentence) });
  });

  it('names the very command that would tell more', () => {
    const { decision } = score(pairsOf(3), PLAN);
    expect(decision!.command).toBe('bench trials --plan reports/a/run.json --control');
    const open = CASES.find(([name]) => name === 'open')![2]();
    expect(score(open, PLAN).decision!.command).toMatch(
      /^bench trials --plan reports\/a\/run\.json --pairs \d+ --control$/,
    );
    expect(score(open).decision!.command).toMatch(/^bench trials --pairs \d+ --control$/);
    // Whoever had controls gets them again, and needs no telling.
    const controlled = score(bent(open, control(1, 1)), PLAN).decision!;
    expect(controlled.command).toMatch(/^bench trials .* --pairs \d+ --control$/);
    expect(controlled.sentence).not.toContain('was not measured');
  });

  it('weighs a control that is about as good, or worse, beside the gain', () => {
    const alike = score(bent(pairsOf(5), control(1, 1))).decision!;
    expect(alike).toMatchObject({ kind: 'worth-it', case: 'gain' });
    expect(alike.sentence).toContain('does about as much');
    expect(alike).not.toHaveProperty('command');
    const worse = score(bent(pairsOf(5), control(1.5, 1.5))).decision!;
    expect(worse.sentence).toMatch(
      /Against one primary with the CPU of all nodes, there is room for 1\.5\d?x the traffic/,
    );
  });

  it('says what is not known of a bigger primary, and how to know it', () => {
    const alone = pairsOf(5)[0]!.baseline;
    const one = { ...structuredClone(alone), side: 'control' as const, id: 'c' };
    const once = score(pairsOf(5), { ...PLAN, control: one }).decision!;
    expect(once.sentence).toContain('was measured in a single run');
    expect(once.command).toBe('bench trials --plan reports/a/run.json --control');
    const doubted = bent(pairsOf(5), (pair) => {
      control(0.8, 0.7)(pair);
      pair.control!.machine.stealShare = 0.5;
    });
    const doubtful = score(doubted, PLAN).decision!;
    expect(doubtful).toMatchObject({ case: 'gain' });
    expect(doubtful.sentence).toContain('can’t be relied on');
    const [pair] = bent([pairOf()], (one) => {
      busyAs(0.3)(one);
      control(1, 1)(one);
    });
    const wide = score([pair!], PLAN).decision!;
    expect(wide.sentence).toContain('could not be told');
    expect(wide.command).toMatch(/--control$/);
  });

  it('of two pairs says that they are too few', () => {
    const { decision } = score(pairsOf(2), PLAN);
    expect(decision).toMatchObject({ case: 'too-little', sentence: expect.stringContaining('2 pairs') });
    expect(decision!.command).toBe('bench trials --plan reports/a/run.json --pairs 5 --control');
  });

  it('of a single pair that is too short for intervals asks for trials', () => {
    const short = pairOf({ ...smartmenuModel, durationS: 30 });
    const { decision } = score([short], PLAN);
    expect(decision).toMatchObject({
      case: 'too-little',
      sentence: expect.stringContaining('6 time blocks'),
    });
    expect(decision!.command).toBe('bench trials --plan reports/a/run.json --pairs 5 --control');
  });

  it('asks for the pairs that the gain needs which may still be enough', () => {
    // Traffic is certainly the same; reports may be faster, and differ much from pair to pair.
    const pairs = bent(pairsOf(5), busyAs(1));
    pairs.forEach((pair, index) => {
      reportsAs([0.4, 1, 0.5, 1.1, 0.6][index]!)(pair);
    });
    const { decision } = score(pairs, PLAN);
    expect(decision).toMatchObject({ case: 'open' });
    expect(Number(/About ([\d,]+) pairs/.exec(decision!.sentence)![1]!.replace(',', ''))).toBeGreaterThan(10);
  });

  it('calls a split that warms up over its window none that fell short', () => {
    const faster = bent(pairsOf(3), ({ split: { load } }) => {
      const last = load.window.blocks.length - 1;
      load.window.blocks.forEach((block, i) => {
        for (const each of Object.values(block)) each.sumUs *= 36 ** (-i / last);
      });
    });
    const card = score(faster);
    expect(card.checks.find(({ id }) => id === 'steady')!.state).toBe('result');
    expect(card.decision!.case).not.toBe('fell-short');
  });

  it('does not go by how many targets were met', () => {
    const targets = [{ metric: 'primary-cpu', bound: 99 }] as const;
    const card = score(pairsOf(3), { targets });
    expect(card.scorecard.map(({ verdict }) => verdict)).toEqual(['missed']);
    expect(card.decision).toEqual(score(pairsOf(3)).decision);
  });

  it('says what got worse with it', () => {
    const slower = bent(pairsOf(5), ({ baseline, split }) => {
      const before = baseline.load.window.latency.write!;
      split.load.window.latency.write = stretched(before, 3);
    });
    expect(score(slower).decision!.sentence).toMatch(/What got worse: .*write/i);
  });

  it('is none of equal sides', () => {
    expect(score(equalPairsOf(3))).toMatchObject({ decision: null, headroom: null });
  });
});

describe('the room for traffic', () => {
  it('is what a side carries until its busiest server is as busy as was aimed at', () => {
    const pair = pairOf();
    const { headroom } = score([pair]);
    const used = nodeOf(pair.baseline, 'primary')!.utilisation!;
    expect(headroom!.baseline).toMatchObject({ times: expect.closeTo(0.9 / used), fullFirst: 'primary' });
    const most = Math.max(...pair.split.nodes.map(({ utilisation }) => utilisation!));
    expect(headroom!.split.times).toBeCloseTo(0.9 / most);
    const { low, high } = headroom!.split.interval!;
    expect(low).toBeLessThan(headroom!.split.times);
    expect(high).toBeGreaterThan(headroom!.split.times);
  });

  it('of a split ends where its replica is full, if that is first', () => {
    const pair = pairOf(undefined, ({ split }) => {
      nodeOf(split, 'replica')!.utilisation = 0.88;
    });
    expect(score([pair]).headroom!.split).toMatchObject({
      fullFirst: 'replica',
      times: expect.closeTo(0.9 / 0.88),
    });
  });

  it('is not told where servers have no budget', () => {
    const pair = pairOf(undefined, ({ baseline, split }) => {
      for (const node of [...baseline.nodes, ...split.nodes]) node.budget = { method: 'none', cpus: null };
    });
    expect(score([pair]).headroom).toBeNull();
  });

  it('says what to run where the machine spoilt the runs, the rate was wrong, or the split fell short', () => {
    const commandOf = (change: (pair: Pair) => void) =>
      score([pairOf(undefined, change)], PLAN).decision?.command;
    expect(commandOf(({ split }) => Object.assign(split.machine, { stealShare: 0.5 }))).toBe(PLAN.again);
    expect(commandOf(({ baseline }) => Object.assign(baseline.nodes[0]!, { utilisation: 0.99 }))).toBe(
      `${PLAN.again} --rate auto`,
    );
    expect(commandOf(({ split }) => Object.assign(split.lag!, { streamingShare: 0.5 }))).toBe(PLAN.again);
    expect(commandOf(({ split }) => Object.assign(split.lag!, { unseen: 100 }))).toBe(PLAN.again);
  });
});
