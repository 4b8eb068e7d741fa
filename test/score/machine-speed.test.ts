import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/score/exit-code.js';
import { machineSpeedNote, slowdown } from '../../src/score/machine-speed.js';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import { pairOf, pairsOf } from './fixture.js';

/** A pair between whose sides the machine got slower by this factor. */
const slowed = (factor: number) =>
  pairOf(undefined, ({ split }) => {
    split.gauge.unitMs! *= factor;
  });
const checkOf = (pairs: Pair[]) => score(pairs).checks.find(({ id }) => id === 'machine-speed');

describe('the speed of the machine', () => {
  it('is what the same work took on either side, by the same clock', () => {
    expect(slowdown(slowed(1.07))).toBeCloseTo(1.07, 12);
    const unlike = slowed(1);
    unlike.split.gauge.method = 'wall-clock';
    expect(slowdown(unlike)).toBeNull();
    const none = slowed(1);
    none.baseline.gauge.unitMs = null;
    expect(slowdown(none)).toBeNull();
    expect(checkOf([none])).toMatchObject({
      state: 'not-judged',
      found: expect.stringContaining('not measured'),
    });
  });

  it('is said from 5 % apart, in either direction', () => {
    expect(machineSpeedNote([slowed(1.049)])).toBeNull();
    expect(machineSpeedNote([slowed(1 / 1.049)])).toBeNull();
    expect(machineSpeedNote([slowed(1.05)])).toMatch(/ran 5\.0 % slower during the split/);
    expect(score([slowed(1.07)]).notes).toContainEqual(
      'The machine ran 7.0 % slower during the split: the same piece of work took 2.14 ms of CPU then and 2 ms during the baseline. CPU and latencies differ by about that much, too.',
    );
    expect(machineSpeedNote([slowed(1 / 1.1)])).toMatch(/ran 10 % faster during the split/);
    const pairs = pairsOf(3);
    pairs[1]!.baseline.gauge.unitMs! *= 1.06;
    expect(machineSpeedNote(pairs)).toMatch(
      /^The machine was not as fast on both sides of 1 of 3 pairs: in pair 2 it ran 6\.0 % faster during the split\. /,
    );
  });

  it('makes a pair worthless from 15 % on, in either direction alike', () => {
    expect(checkOf([slowed(1.149)])).toMatchObject({ state: 'holds' });
    expect(checkOf([slowed(1 / 1.149)])).toMatchObject({ state: 'holds' });
    for (const factor of [1.16, 1 / 1.16]) {
      const scorecard = score([slowed(factor)]);
      expect(scorecard.headline).toMatch(
        /^Not comparable: the machine ran 16 % (slower|faster) during the split, limit 15 %\./,
      );
      expect(exitCodeOf(scorecard)).toBe(3);
    }
  });
});
