import { describe, expect, it } from 'vitest';
import { atMost, type Check, type RunCheck } from '../../../src/score/checks/check.js';
import { CHECKS, type CheckId } from '../../../src/score/checks/index.js';
import { faultOf, validityChecks } from '../../../src/score/checks/judge.js';
import type { Pair } from '../../../src/score/pair.js';
import { score } from '../../../src/score/score.js';
import { capturedPair, pairOf, pairsOf, stretched } from '../fixture.js';

const checkOf = (pairs: readonly Pair[], id: CheckId) =>
  validityChecks(pairs).find((each) => each.id === id)!;

describe('a check', () => {
  it('of a run is made on both sides, and has what it read of each beside its limit', () => {
    const pair = pairOf(undefined, ({ split }) => {
      split.processes.generatorCores = 0.95;
    });
    const limit = { op: '<', value: 0.9 };
    expect(checkOf([pair], 'generator-cpu')).toMatchObject({
      state: 'fails',
      found:
        'the generator was the limit: 0.21 cores in the baseline, 0.95 cores in the split, limit 0.9 cores',
      readings: [
        { pair: 1, side: 'baseline', value: 0.21, unit: 'cores', limit },
        { pair: 1, side: 'split', value: 0.95, unit: 'cores', limit },
      ],
    });
  });

  it('of the generator looks at its busiest thread, however little CPU that got', () => {
    const pair = pairOf(undefined, ({ baseline, split }) => {
      Object.assign(baseline.processes, { generatorCores: 1.4, generatorBusy: 0.7 });
      Object.assign(split.processes, { generatorCores: 0.6, generatorBusy: 0.96 });
    });
    expect(checkOf([pair], 'generator-cpu')).toMatchObject({
      state: 'fails',
      found: 'the generator was the limit: 70 % in the baseline, 96 % in the split, limit 85 %',
    });
  });

  it('that fails since no name is found tells of roles and search_path, not of the rate', () => {
    const pair = capturedPair(({ split }) => {
      const { accounting, load } = split;
      Object.assign(accounting, { ok: 100, failed: accounting.ok });
      Object.assign(load.window.accounting, { ok: 100, failed: load.window.accounting.ok });
      load.errors = [{ category: 'read', operation: 'SELECT', code: '42P01 undefined_table', count: 9000 }];
    });
    // Of two baselines: in a split it would be a result.
    pair.split.side = 'baseline';
    for (const id of ['same-work', 'errors-alike'] as const) {
      const { state, cure } = checkOf([pair], id);
      expect(state).toBe('fails');
      expect(cure).toMatch(/search_path.*--globals/);
      expect(cure).not.toMatch(/rate\b/);
    }
  });

  describe('that fails gives the command that measures again once its cure was applied:', () => {
    const commandOf = (pair: Pair, id: CheckId) => {
      const { state, command } = validityChecks([pair], 'bench trials --plan a').find(
        (each) => each.id === id,
      )!;
      expect(state).toBe('fails');
      return command;
    };
    const bent = (change: (pair: Pair) => void) => pairOf(undefined, change);

    it('the same, where it is the machine that has to change', () => {
      const pair = bent(({ split }) => {
        split.machine.stealShare = 0.5;
        split.heldUp.longestMs = 5000;
      });
      expect(commandOf(pair, 'steal')).toBe('bench trials --plan a');
      expect(commandOf(pair, 'held-up')).toBe('bench trials --plan a');
      expect(validityChecks([pair, ...pairsOf(3)])[1]!.command).toBe('bench trials --pairs 4');
    });

    it('at a rate that is found anew, and not for a load that overloads', () => {
      const overloaded = (targetUtilisation: number) =>
        bent(({ baseline, split }) => {
          baseline.nodes[0]!.utilisation = 0.99;
          for (const { plan } of [baseline, split]) plan.load.targetUtilisation = targetUtilisation;
        });
      expect(commandOf(overloaded(0.9), 'baseline-utilisation')).toBe('bench trials --plan a --rate auto');
      expect(commandOf(overloaded(0.95), 'baseline-utilisation')).toBe(
        'bench trials --plan a --rate auto --utilisation 90%',
      );
    });

    it('at a lower rate where none is searched for, and where the generator was the limit', () => {
      const application = bent(({ baseline, split }) => {
        baseline.nodes[0]!.utilisation = 0.99;
        for (const { plan } of [baseline, split]) {
          plan.workload.kind = 'application';
          Object.assign(plan.load, { targetUtilisation: null, ratePerSecond: 50 });
        }
      });
      expect(commandOf(application, 'baseline-utilisation')).toBe('bench trials --plan a --rate 45');
      const limited = bent(({ split }) => {
        split.processes.generatorCores = 0.9;
      });
      expect(commandOf(limited, 'generator-cpu')).toBe('bench trials --plan a --rate auto --utilisation 72%');
    });

    it('with a longer warm-up where latency fell', () => {
      const cooling = bent(({ baseline }) => {
        const { blocks } = baseline.load.window;
        blocks.forEach((block, i) => {
          const factor = 5 - (4 * i) / blocks.length;
          for (const [category, each] of Object.entries(block))
            Object.assign(block, { [category]: stretched(each, factor) });
        });
      });
      expect(commandOf(cooling, 'steady')).toBe('bench trials --plan a --warmup 30s');
    });

    it('none where a fault of the bench has to be mended, or another trace made', () => {
      const lost = bent(({ baseline }) => {
        baseline.accounting.captured += 1;
      });
      expect(commandOf(lost, 'accounting-adds-up')).toBeUndefined();
    });
  });

  it('of one side names no side in its words', () => {
    expect(checkOf([pairOf()], 'replica-streaming')).toMatchObject({
      state: 'holds',
      found: 'in 100 % of the samples, limit 99 %',
      readings: [{ side: 'split', value: 100 }],
    });
  });

  it('is not judged where a figure was not measured, and the comparison may be valid all the same', () => {
    const pair = pairOf(undefined, ({ baseline }) => {
      baseline.machine.stealShare = null;
    });
    expect(checkOf([pair], 'steal')).toMatchObject({
      state: 'not-judged',
      found: 'not measured in the baseline, 0.2 % in the split, limit 10 %',
      readings: [{ value: null }, { value: 0.2 }],
    });
    expect(checkOf([pair], 'steal')).not.toHaveProperty('cure');
    expect(score([pair]).valid).toBe(true);
  });

  it('of a bench that was held up names that first, before what came of it', () => {
    const pair = pairOf(undefined, ({ split }) => {
      split.heldUp = { longestMs: 15_020, atMs: -7000 };
      Object.assign(split.nodes[0]!, { cpuSeconds: null, utilisation: null, longestGapMs: 15_100 });
      split.lag!.streamingShare = 0.7;
    });
    const { valid, headline, scorecard } = score([pair]);
    expect(valid).toBe(false);
    expect(headline).toMatch(
      /^Not comparable: the bench itself was held up: 134 ms in the baseline, 15\.0 s in the split, limit 1,000 ms; a replica/,
    );
    expect(scorecard.find(({ id }) => id === 'primary-cpu')).toMatchObject({
      value: null,
      verdict: 'not-measured',
      reason: 'The CPU of the primary was not read for 15.1 s at an edge of the split’s window.',
    });
    const { state, cure } = checkOf([pair], 'held-up');
    expect(state).toBe('fails');
    expect(cure).toMatch(/no sleep/);
  });

  it('of a bench that was late by less than a second holds', () => {
    const pair = pairOf(undefined, ({ baseline }) => {
      baseline.heldUp.longestMs = 1000;
    });
    expect(checkOf([pair], 'held-up')).toMatchObject({
      state: 'holds',
      found: 'it stood still for at most: 1,000 ms in the baseline, 134 ms in the split, limit 1,000 ms',
    });
  });

  it('of other programs lets them have a tenth of the machine, or what the plan leaves, however busy its servers were', () => {
    const limit = (cores: number, busyCores: number) => {
      const pair = pairOf(undefined, ({ baseline, split }) => {
        for (const { plan, machine } of [baseline, split]) {
          plan.machine.cores = cores;
          machine.busyCores = busyCores;
        }
      });
      return checkOf([pair], 'other-programs').readings.map((reading) => reading.limit?.value);
    };
    for (const busyCores of [0.1, 1.99]) expect(limit(2, busyCores)).toEqual([0.2, 0.2]);
    // Both nodes, the service and the generator use three of these eight.
    for (const busyCores of [1, 7.9])
      for (const value of limit(8, busyCores)) expect(value).toBeCloseTo(4.2, 9);
  });

  it('that the split fails is a result, but not one of the bench or the machine', () => {
    const failed = Object.keys(CHECKS).map((id) => {
      const check: Check = CHECKS[id as CheckId];
      const examine = () => [
        { title: '', value: 1, unit: 'count' as const, limit: atMost(0), by: 'split' as const },
      ];
      return [
        id,
        faultOf({ ...check, of: 'run', examine } as RunCheck, [{ side: 'split', run: pairOf().split }]),
      ];
    });
    const invalid = failed.flatMap(([id, fault]) => (fault === null ? [] : [id]));
    expect(invalid).toEqual([
      'same-plan',
      'held-up',
      'accounting-adds-up',
      'generator-lateness',
      'generator-cpu',
      'replica-streaming',
      'statements-counted',
      'steal',
      'other-programs',
      'machine-speed',
    ]);
  });

  it('that holds on one side and has too little to judge on the other is not judged', () => {
    const pair = pairOf(undefined, ({ split }) => {
      split.window.seconds = 20;
    });
    expect(checkOf([pair], 'steady')).toMatchObject({
      state: 'not-judged',
      found: 'not judged: the window has too few time blocks',
    });
  });

  it('of several pairs takes the worst of their states, and names the pairs that are in it', () => {
    const pairs = pairsOf(3);
    pairs[1]!.split.machine.stealShare = null;
    expect(checkOf(pairs, 'steal')).toMatchObject({
      state: 'not-judged',
      found: expect.stringMatching(/^pair 2: /),
    });
    pairs[2]!.baseline.machine.stealShare = 0.5;
    const check = checkOf(pairs, 'steal');
    expect(check).toMatchObject({ state: 'fails', found: expect.stringMatching(/^pair 3: [^;]*$/) });
    expect(check.readings.map(({ pair, side }) => `${pair} ${side}`)).toEqual(
      [1, 2, 3].flatMap((pair) => [`${pair} baseline`, `${pair} split`]),
    );
  });

  it('of many pairs that fail says how many, and shows one', () => {
    const pairs = pairsOf(5);
    for (const { split } of pairs.slice(1)) split.machine.stealShare = 0.5;
    expect(checkOf(pairs.slice(0, 3), 'steal').found).toMatch(/^pair 2: [^;]*; pair 3: [^;]*$/);
    expect(checkOf(pairs, 'steal').found).toMatch(/^in 4 of 5 pairs, as in pair 2: [^;]*$/);
    expect(checkOf(pairs.slice(1), 'steal').found).toMatch(/^in each of the 4 pairs, as in pair 1: /);
  });
});
