import { describe, expect, it } from 'vitest';
import { driftsOver } from '../../src/score/drift.js';
import type { Earlier } from '../../src/score/since.js';

const over = (values: (number | null)[], kind: 'reduction' | 'speedup' = 'reduction') =>
  driftsOver(
    values.map(
      (value): Earlier => ({
        valid: true,
        scorecard: [
          {
            id: kind === 'reduction' ? 'primary-cpu' : 'analytics-speedup',
            kind,
            value,
            interval: null,
            verdict: 'met',
          },
        ],
      }),
    ),
  )[0]!;

describe('a drift', () => {
  it('is one where what the split needs grows or shrinks all along', () => {
    expect(over([60, 58, 55, 53, 50, 47, 44])).toMatchObject({
      drift: 'worse',
      rise: expect.closeTo(1.4, 1),
    });
    expect(over([2, 2.1, 2.2, 2.4, 2.5, 2.7], 'speedup')).toMatchObject({ drift: 'better' });
  });

  it('is none in what goes up and down, or changes by nothing that matters', () => {
    expect(over([50, 53, 49, 52, 48, 53, 50])).toMatchObject({ drift: 'none-found' });
    expect(over([50, 50.01, 50.02, 50.03, 50.04, 50.05])).toMatchObject({ drift: 'none-found' });
  });

  it('is found with all targets tested together, from six comparisons on', () => {
    const steady = [60, 57, 54, 51, 48, 45].map(
      (value): Earlier => ({
        valid: true,
        scorecard: [
          { id: 'primary-read-volume', kind: 'reduction', value, interval: null, verdict: 'met' },
          { id: 'primary-cpu', kind: 'reduction', value, interval: null, verdict: 'met' },
          { id: 'analytics-speedup', kind: 'speedup', value: value / 20, interval: null, verdict: 'met' },
          { id: 'replica-lag', kind: 'level', value: 100 - value, interval: null, verdict: 'met' },
          { id: 'pool-utilisation', kind: 'level', value: 100 - value, interval: null, verdict: 'met' },
        ],
      }),
    );
    expect(driftsOver(steady).map(({ drift }) => drift)).toEqual(new Array(5).fill('worse'));
    expect(driftsOver(steady.slice(1)).map(({ drift }) => drift)).toEqual(new Array(5).fill('too-few'));
  });

  it('takes six valid comparisons', () => {
    expect(over([60, 55, 50, 45])).toMatchObject({ drift: 'too-few', rise: null, pValue: null });
    expect(over([60, null, 50, 45, 40, null])).toMatchObject({ drift: 'too-few' });
  });
});
