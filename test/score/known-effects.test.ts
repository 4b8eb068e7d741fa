import { describe, expect, test } from 'vitest';
import type { EffectRecords } from '../../src/record/effects.js';
import type { RunRecord } from '../../src/record/run.js';
import { type EffectLine, effectLines } from '../../src/score/known-effects.js';
import { runOf, smartmenuModel } from './fixture.js';

/** Records as a bench makes them that finds every effect; `bend` is what a broken one would make of them. */
function lineOf(id: EffectLine['id'], bend: (records: EffectRecords) => unknown = () => {}): EffectLine {
  const baseline = (utilisation: number): RunRecord => {
    const run = runOf(smartmenuModel, 'baseline');
    const [primary] = run.nodes;
    primary!.cpuSeconds! *= utilisation / primary!.utilisation!;
    primary!.utilisation = utilisation;
    return run;
  };
  const split = (lagMs: number): RunRecord => {
    const run = runOf(smartmenuModel, 'split');
    for (const { reads } of run.volume) reads.calls = 1000;
    run.lag!.commitToVisible.p50Ms = lagMs;
    return run;
  };
  const records: EffectRecords = {
    split: { onTime: split(1.5), late: split(80.5) },
    cpu: { burnt: 2, seen: 2.01 },
    rounds: [0.3, 0.32, 0.31, 0.29].map((alone, round) => ({
      watched: [baseline(alone + 0.005 + 0.002 * (round % 2)), baseline(alone + 0.007 - 0.002 * (round % 2))],
      alone: baseline(alone),
    })),
  };
  bend(records);
  return effectLines(records).find((line) => line.id === id)!;
}

const reads = (run: RunRecord, node: 'primary' | 'replica') =>
  run.volume.find((volume) => volume.node === node)!.reads;

describe.each<[EffectLine['id'], [string, (records: EffectRecords) => unknown][]]>([
  [
    'read-share',
    [
      ['45 % of the reads', ({ split }) => Object.assign(reads(split.onTime, 'replica'), { calls: 818 })],
      [
        'reads of the replica counted twice',
        ({ split }) => Object.assign(reads(split.onTime, 'replica'), { calls: 2000 }),
      ],
      ['no count of the replica', ({ split }) => split.onTime.volume.pop()],
    ],
  ],
  [
    'lag',
    [
      ['60 ms', ({ split }) => Object.assign(split.late.lag!.commitToVisible, { p50Ms: 61 })],
      [
        '100 ms, as a 10 Hz clock would read',
        ({ split }) => Object.assign(split.late.lag!.commitToVisible, { p50Ms: 100 }),
      ],
      ['no marker seen', ({ split }) => Object.assign(split.late.lag!.commitToVisible, { count: 0 })],
    ],
  ],
  [
    'cpu',
    [
      ['3 % less', ({ cpu }) => Object.assign(cpu, { seen: 1.94 })],
      ['3 % more', ({ cpu }) => Object.assign(cpu, { seen: 2.06 })],
      ['nothing', ({ cpu }) => Object.assign(cpu, { seen: Number.NaN })],
    ],
  ],
  [
    'equal-runs',
    [
      [
        'reads of one side counted twice',
        ({ rounds }) => {
          for (const { watched } of rounds) reads(watched[1], 'primary').calls *= 2;
        },
      ],
      [
        'a side with half the CPU',
        ({ rounds }) => {
          for (const { watched } of rounds) watched[1].nodes[0]!.utilisation! /= 2;
        },
      ],
    ],
  ],
  [
    'watching',
    [
      [
        '4 % of the budget',
        ({ rounds }) => {
          for (const { watched } of rounds) for (const run of watched) run.nodes[0]!.utilisation! += 0.04;
        },
      ],
      [
        'anything, where the machine is too unsteady to tell',
        ({ rounds }) => {
          for (const [i, { alone }] of rounds.entries()) alone.nodes[0]!.utilisation! += i % 2 ? 0.1 : -0.1;
        },
      ],
    ],
  ],
])('%s', (id, faults) => {
  test('is found by a bench that works', () => {
    expect(lineOf(id)).toMatchObject({ ok: true });
  });

  test.each(faults)('fails by: %s', (_what, bend) => {
    expect(lineOf(id, bend)).toMatchObject({ ok: false });
  });
});
