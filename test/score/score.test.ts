import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/score/exit-code.js';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import type { Verdict } from '../../src/score/scorecard.js';
import { DEFAULT_TARGETS, type TargetId } from '../../src/score/targets/index.js';
import { capturedPair, doubledBy, pairOf, smartmenuModel, stretched } from './fixture.js';

function scoreOf(pair: Pair) {
  return score([pair]);
}

function row(pair: Pair, id: TargetId) {
  const found = score([pair]).scorecard.find((each) => each.id === id);
  if (!found) throw new Error(`no row ${id}`);
  return found;
}

describe('the scorecard', () => {
  it('has a row for each target, in order, and says what was found', () => {
    const scorecard = score([pairOf()]);
    expect(scorecard.scorecard.map((each) => each.id)).toEqual(DEFAULT_TARGETS.map(({ metric }) => metric));
    expect(scorecard.valid).toBe(true);
    expect(scorecard.headline).toBe(
      'The replica took 45 % of the reads off the primary and its CPU fell by 62 %; no difference found in the speed of analytics (2.3x at 89 % load). 4 of 5 targets met; inconclusive: speed of analytics. ' +
        'The replica costs 0.277 cores of CPU and a lag of 1.42 ms. ' +
        'From one pair of runs: its intervals, over time blocks, are weaker than those of trials.',
    );
    expect(exitCodeOf(scorecard)).toBe(3);
  });

  it('counts reads for each request answered, so that a side that did less does not look better', () => {
    const all = row(pairOf(), 'primary-read-volume').value;
    const less = row(
      pairOf(undefined, ({ split }) => {
        split.load.window.accounting.ok *= 0.5;
        for (const volume of split.volume) volume.reads.calls *= 0.5;
      }),
      'primary-read-volume',
    );
    expect(less.value).toBeCloseTo(all ?? Number.NaN, 6);
  });

  it('says that the CPU figure proves nothing where no budget kept the servers apart', () => {
    const pair = pairOf(undefined, ({ baseline, split }) => {
      for (const run of [baseline, split]) {
        run.plan.topology.cpuMethod = 'none';
        for (const node of run.nodes) node.budget = { method: 'none', cpus: null };
      }
    });
    expect(row(pair, 'primary-cpu').detail).toContain('proves nothing');
    expect(score([pair]).notes.join(' ')).toContain('proves nothing');
  });

  it('has no value for pools that nobody saw at an edge of the window', () => {
    const unseen = pairOf(undefined, ({ split }) => {
      Object.assign(split.pools[1]!, { utilisationMean: null, longestGapMs: 2300 });
    });
    expect(row(unseen, 'pool-utilisation')).toMatchObject({
      value: null,
      verdict: 'not-measured',
      reason: 'The pools of the split were not seen for 2,300 ms at an edge of its window.',
    });
  });

  it('does not call what was not measured 0: no analytics in a captured trace, no commit followed', () => {
    const scorecard = score([capturedPair()]);
    const analytics = scorecard.scorecard.find((each) => each.id === 'analytics-speedup');
    expect(analytics).toMatchObject({ value: null, verdict: 'not-measured', baseline: null, split: null });
    expect(analytics?.reason).toBe('The workload has no analytics.');
    expect(scorecard.headline).toContain('not measured: speed of analytics');
    const unseen = pairOf(undefined, ({ split }) => {
      if (split.lag) split.lag.commitToVisible.count = 0;
    });
    expect(row(unseen, 'replica-lag')).toMatchObject({ value: null, verdict: 'not-measured' });
  });

  it('says how many commits the replica did not show in time, which count as the time limit', () => {
    const stalled = pairOf(undefined, ({ split }) => {
      Object.assign(split.lag!, { unseen: 3 });
      Object.assign(split.lag!.commitToVisible, { maxMs: 10_000 });
    });
    expect(row(stalled, 'replica-lag').detail).toContain(
      ' 3 of them were not seen within the 10 s that they were waited for, and count as that long.',
    );
  });

  it('does without the CPU of servers whose CPU nobody counts', () => {
    const uncounted = pairOf(undefined, ({ baseline, split }) => {
      for (const node of [...baseline.nodes, ...split.nodes])
        Object.assign(node, { cpuSeconds: null, utilisation: null, series: { tMs: [], cpuCores: [] } });
    });
    expect(row(uncounted, 'primary-cpu')).toMatchObject({
      value: null,
      verdict: 'not-measured',
      reason: 'The CPU of the primary could not be read.',
    });
    expect(row(uncounted, 'primary-read-volume')).toMatchObject({ verdict: 'met' });
    expect(JSON.stringify(scoreOf(uncounted))).not.toContain('NaN');
  });

  it('takes the worst pool of the split', () => {
    const pair = pairOf(undefined, ({ split }) => {
      for (const pool of split.pools) pool.utilisationMean = pool.node === 'primary' ? 0.71 : 0.2;
    });
    expect(row(pair, 'pool-utilisation')).toMatchObject({ value: 71, verdict: 'inconclusive' });
  });

  it('says so where a replica made things worse', () => {
    const scorecard = scoreOf(
      pairOf(undefined, ({ split, baseline }) => {
        const primary = split.nodes[0];
        if (primary) primary.utilisation! *= 3;
        const { analytics } = split.load.window.latency;
        if (analytics) analytics.sumUs *= 6;
        const { latency } = split.load.window;
        latency.write = stretched(latency.write!, 100);
        baseline.warnings.push('A note.');
      }),
    );
    expect(scorecard.headline).toMatch(
      /no difference found in the primary’s CPU \(\d+ % more\) or the speed of analytics \([\d.]+x at 89 % load\)\. 3 of 5 targets met; missed: CPU of the primary/,
    );
    expect(scorecard.headline).toContain('Got worse: write latency p50, write latency p95.');
    expect(scorecard.notes).toContain('Baseline: A note.');
  });

  it('says plainly that a calibrated baseline was not as busy as it should have been', () => {
    const off = scoreOf(
      pairOf(undefined, ({ baseline }) => {
        const primary = baseline.nodes[0];
        if (primary) primary.utilisation = 0.97;
      }),
    );
    expect(off.valid).toBe(true);
    expect(off.notes[0]).toContain('ran at 97 % of its CPU budget, outside the 85 % to 95 %');
    expect(off.headline).toMatch(/The baseline ran at 97 % of its budget instead of 90 %\.$/);
    expect(score([pairOf()]).notes).toEqual([
      expect.stringContaining('widened, up and down, by how much equal runs differ'),
    ]);
  });
});

describe('an invalid comparison', () => {
  const invalid: [string, RegExp, (pair: Pair) => void][] = [
    [
      'all-sent',
      /never sent/,
      ({ baseline: { accounting } }) => {
        accounting.notSent = 5;
        accounting.captured += 5;
      },
    ],
    [
      'accounting-adds-up',
      /lost or counted twice/,
      ({ split }) => {
        split.accounting.ok -= 1;
      },
    ],
    [
      'accounting-adds-up',
      /twice: the sum of the categories \(captured, failed\) in the baseline/,
      ({ baseline: { accounting } }) => {
        accounting.failed += 3;
        accounting.captured += 3;
      },
    ],
    [
      'accounting-adds-up',
      /twice: the latencies of the window in the split/,
      ({ split }) => {
        split.load.window.latency.read!.count += 1;
      },
    ],
    [
      'accounting-adds-up',
      /twice: the requests of the router in the split/,
      ({ split }) => {
        split.router.requests[0]!.ok -= 1;
      },
    ],
    [
      'statements-counted',
      /the primary did not answer each time .* in the baseline/,
      ({ baseline }) => {
        baseline.volume[0]!.short = 'no answer';
      },
    ],
    [
      'statements-counted',
      /the primary had no room for so many statements and discarded some in the baseline/,
      ({ baseline }) => {
        baseline.volume[0]!.short = 'discarded';
      },
    ],
    [
      'statements-counted',
      /: [\d,]+ of the answered requests have no statement in the servers’ counts in the split/,
      ({ split }) => {
        split.volume[1]!.wholeCalls.read *= 0.9;
      },
    ],
    [
      'generator-lateness',
      /generator sent late/,
      ({ baseline: { load } }) => {
        load.window.lateness = doubledBy(load.window.lateness, 9000);
      },
    ],
    [
      'generator-cpu',
      /generator was the limit/,
      ({ split }) => {
        split.processes.generatorCores = 0.95;
      },
    ],
    [
      'errors',
      /too many of the requests failed: 2 % in the baseline, 0 % in the split, limit 1 %/,
      ({ baseline: { accounting } }) => {
        accounting.failed = Math.round(accounting.ok * 0.02);
        accounting.ok -= accounting.failed;
      },
    ],
    [
      'same-work',
      /answers in the baseline/,
      ({ baseline }) => {
        baseline.load.window.accounting.ok *= 0.98;
      },
    ],
    [
      'replica-streaming',
      /not streaming/,
      ({ split }) => {
        if (split.lag) split.lag.streamingShare = 0.9;
      },
    ],
    [
      'steal',
      /took CPU time/,
      ({ split }) => {
        split.machine.stealShare = 0.2;
      },
    ],
    [
      'other-programs',
      /took too much of the machine’s CPU: 0.01 cores in the baseline, 0.5 cores in the split, limit 0.2 cores/,
      ({ split }) => {
        split.processes.othersCores = 0.5;
      },
    ],
    [
      'baseline-utilisation',
      /baseline was overloaded: its primary ran at 99 % of its CPU budget, limit 97 %/,
      ({ baseline }) => {
        if (baseline.nodes[0]) baseline.nodes[0].utilisation = 0.99;
      },
    ],
    [
      'baseline-utilisation',
      /baseline was overloaded: its budget held its primary back in 99 % of the periods, limit 97 %/,
      ({ baseline: { nodes } }) => {
        Object.assign(nodes[0]!, { throttledPeriods: 990, periods: 1000 });
      },
    ],
    [
      'baseline-utilisation',
      /not loaded as planned: .* 70 % of its CPU budget instead of 90 %, limit 75 %/,
      ({ baseline }) => {
        if (baseline.nodes[0]) baseline.nodes[0].utilisation = 0.7;
      },
    ],
    [
      'steady',
      /latency rose [\d.]+x in the baseline/,
      ({ baseline }) => {
        baseline.load.window.blocks.forEach((block, i) => {
          for (const each of Object.values(block)) each.sumUs *= 1.2 ** i;
        });
      },
    ],
    [
      'steady',
      /CPU of the primary rose by [\d.]+ % in the baseline/,
      ({ baseline }) => {
        const series = baseline.nodes[0]?.series;
        series?.tMs.forEach((t, i) => {
          series.cpuCores[i]! *= 1 + Math.max(0, t) / 120_000;
        });
      },
    ],
    [
      'same-plan',
      /plans differ: seed: 1 and 2/,
      ({ split }) => {
        split.plan.workload.seed = 2;
      },
    ],
  ];

  it.each(invalid)('by %s keeps its values, says why first and how to cure it', (id, words, change) => {
    const scorecard = scoreOf(pairOf(undefined, change));
    expect(scorecard.checks.find((check) => check.id === id)).toMatchObject({
      state: 'fails',
      found: expect.stringMatching(words),
      cure: expect.any(String),
    });
    expect(scorecard.valid).toBe(false);
    expect(scorecard.headline).toMatch(/^Not comparable: /);
    expect(scorecard.headline).toMatch(words);
    for (const each of scorecard.scorecard) {
      expect(each).toMatchObject({ verdict: 'invalid', reason: expect.stringMatching(words) });
      expect(each.value).not.toBeNull();
    }
    expect(exitCodeOf(scorecard)).toBe(3);
  });

  it('is one with a given rate that was too high, but not a captured trace at its own pace', () => {
    const full = ({ baseline, split }: Pair) => {
      for (const run of [baseline, split]) Object.assign(run.plan.load, { targetUtilisation: null });
      if (baseline.nodes[0]) baseline.nodes[0].utilisation = 1;
    };
    const check = (pair: Pair) => scoreOf(pair).checks.find(({ id }) => id === 'baseline-utilisation');
    expect(check(pairOf(undefined, full))).toMatchObject({
      state: 'fails',
      cure: expect.stringContaining('--rate'),
    });
    expect(check(capturedPair(full))).toMatchObject({ state: 'not-judged' });
  });

  it('is that a replay has errors that the capture did not have, or not those that it had', () => {
    const check = (change: (pair: Pair) => void) =>
      scoreOf(capturedPair(change)).checks.find(({ id }) => id === 'errors-of-capture')!;
    const error = { category: 'read', operation: 'SELECT $1', code: '42P01 undefined_table' } as const;
    const had = (count: number, compared: 'same' | 'new', missing = 0) =>
      check(({ baseline, split }) => {
        for (const { accounting, load } of [baseline, split]) {
          accounting.failed = count;
          accounting.ok -= count;
          load.errors = [{ ...error, count, compared }];
          load.missingErrors = [{ ...error, count: missing }];
        }
      });
    expect(check(() => {}).state).toBe('not-judged');
    expect(had(1500, 'same').state).toBe('holds');
    expect(had(1500, 'new')).toMatchObject({
      state: 'fails',
      found: expect.stringMatching(/1,500 errors that the capture did not have/),
    });
    expect(had(0, 'same', 1500)).toMatchObject({
      state: 'fails',
      found: expect.stringMatching(/1,500 of its errors missing/),
    });
  });

  it('is none where a captured trace has errors of its own on both sides, and bursts', () => {
    const scorecard = scoreOf(
      capturedPair(({ baseline, split }) => {
        for (const { accounting, load } of [baseline, split]) {
          accounting.failed = 1500;
          accounting.ok -= 1500;
          accounting.byCategory.write.failed = 1500;
          accounting.byCategory.write.ok -= 1500;
          load.window.lateness = doubledBy(load.window.lateness, 9000);
        }
      }),
    );
    expect(scorecard.checks.filter(({ state }) => state === 'fails')).toEqual([]);
  });

  it('of a captured trace that was sent late is put right by what such a trace takes', () => {
    const late = capturedPair(({ baseline: { load, accounting } }) => {
      load.window.lateness = doubledBy(load.window.lateness, 60_000);
      // What was refused in the capture as well is none to be put right.
      accounting.failed = 1500;
      accounting.ok -= 1500;
      load.errors = [
        {
          category: 'read',
          operation: 'SELECT',
          code: '42501 insufficient_privilege',
          count: 1500,
          compared: 'same',
        },
      ];
    });
    const { state, cure } = scoreOf(late).checks.find(({ id }) => id === 'generator-lateness')!;
    expect(state).toBe('fails');
    expect(cure).toMatch(/slower with --speed/);
    expect(cure).not.toMatch(/--rate/);
  });
});

describe('sessions of a replay that hold each other up', () => {
  const notesWith = (totalMs: number) =>
    score([
      capturedPair(({ split: { load } }) => {
        load.lockWaits = { statements: 4, totalMs, longestMs: totalMs, pairs: [], cutOff: 0 };
      }),
    ]).notes.filter((note) => /other’s locks/.test(note));

  it('are noted where their waits are a share of the time that counts', () => {
    const { latency, late } = capturedPair().split.load.window;
    const sumMs = (histograms: typeof late | typeof latency) =>
      Object.values(histograms).reduce((sum, { sumUs }) => sum + sumUs / 1000, 0);
    const allMs = sumMs(latency) - sumMs(late);
    expect(notesWith(allMs * 0.009)).toEqual([]);
    expect(notesWith(allMs * 0.0512)).toEqual([
      expect.stringMatching(/in the split 4 for over a second, .* 5.1 % of all their time.*--speed/),
    ]);
  });
});

describe('what got worse', () => {
  it('always lists what a replica can cost', () => {
    const ids = score([pairOf()]).regressions.map((each) => each.id);
    expect(ids).toEqual(
      expect.arrayContaining([
        'write-p50',
        'write-p95',
        'read-p95',
        'realtime-p95',
        'errors',
        'fallbacks',
        'replica-cpu',
        'total-cpu',
        'staleness',
      ]),
    );
  });

  it('does not call worse what two equal runs may differ by', () => {
    const slower = (factor: number) =>
      scoreOf(
        pairOf(undefined, ({ baseline, split }) => {
          const { write } = baseline.load.window.latency;
          split.load.window.latency.write = stretched(write!, factor);
        }),
      ).regressions.find((each) => each.id === 'write-p95');
    expect(slower(5)).toMatchObject({
      worse: false,
      sentence: expect.stringContaining('one pair cannot prove it'),
    });
    expect(slower(50)).toMatchObject({
      worse: true,
      sentence: expect.stringContaining('more than two equal runs differ by'),
    });
  });
});

describe('stale reads', () => {
  const seen = { mode: 'lsn', reads: 1200, failed: 0 } as const;
  const none = { ...seen, readBacks: 500, stale: 0, staleVersionsMax: 0, backward: 0 };
  const some = {
    ...none,
    mode: 'none' as const,
    stale: 25,
    staleVersionsMax: 2,
    backward: 7,
  };

  it('stand beside the targets and among what got worse, by mode, also where there are none', () => {
    const scorecard = scoreOf(
      pairOf(undefined, ({ baseline, split }) => {
        baseline.consistency = [none, { ...none, mode: 'none' }];
        split.consistency = [none, some];
      }),
    );
    expect(scorecard.notes).toContain(
      'Stale reads, of those that read back what their session had written: none of 500 in mode lsn; ' +
        '25 (5 %) of 500 in mode none, where 7 reads went back in time.',
    );
    const found = scorecard.regressions.filter(({ id }) => id.startsWith('stale-reads'));
    expect(found).toMatchObject([
      { id: 'stale-reads-lsn', baseline: 0, split: 0, worse: false },
      {
        id: 'stale-reads-none',
        baseline: 0,
        split: 5,
        worse: true,
        sentence: expect.stringContaining('25 of 500'),
      },
    ]);
    expect(scorecard.headline).toContain('Got worse: stale reads in mode none.');
  });

  it('are left out for records that did not count them, and not called 0 where nothing was read back', () => {
    const ids = (pair: Pair) => score([pair]).regressions.map(({ id }) => id);
    expect(ids(pairOf())).not.toContain('stale-reads-lsn');
    const idle = pairOf(undefined, ({ split }) => {
      split.consistency = [{ ...none, reads: 0, readBacks: 0 }];
    });
    const row = score([idle]).regressions.find(({ id }) => id === 'stale-reads-lsn');
    expect(row).toMatchObject({ baseline: null, split: null, worse: false });
    expect(score([idle]).notes.join(' ')).not.toContain('Stale reads');
  });
});

describe('exit codes', () => {
  const verdict = fc.constantFrom<Verdict>(
    ...(['met', 'missed', 'inconclusive', 'too-idle', 'too-little', 'invalid', 'not-measured'] as const),
  );
  const undecided: Verdict[] = ['inconclusive', 'too-idle', 'too-little'];
  const rows = score([pairOf()]).scorecard;

  it('follow the verdicts: invalid, then missed, then undecided or nothing measured, then 0', () => {
    fc.assert(
      fc.property(fc.tuple(verdict, verdict, verdict, verdict, verdict), fc.boolean(), (verdicts, valid) => {
        const code = exitCodeOf({
          ...{ valid, equalSides: false, regressions: [] },
          scorecard: rows.map((each, i) => ({ ...each, verdict: verdicts[i] ?? 'met' })),
        });
        const has = (wanted: Verdict) => verdicts.includes(wanted);
        if (!valid || has('invalid')) expect(code).toBe(3);
        else if (has('missed')) expect(code).toBe(1);
        else if (undecided.some(has) || verdicts.every((v) => v === 'not-measured')) expect(code).toBe(3);
        else expect(code).toBe(0);
      }),
    );
  });
});

describe('a pair of equals', () => {
  it('a primary compared with itself has no reduction and no speed-up', () => {
    const pair = pairOf({ ...smartmenuModel, primaryShare: 1 });
    const same = scoreOf({ baseline: pair.baseline, split: { ...pair.baseline, lag: pair.split.lag } });
    const values = Object.fromEntries(same.scorecard.map((each) => [each.id, each.value]));
    expect(values).toMatchObject({ 'primary-read-volume': 0, 'primary-cpu': 0, 'analytics-speedup': 1 });
    expect(same.headline).toMatch(/^Baseline against baseline\. No difference found in \d+ figures\.$/);
  });
});
