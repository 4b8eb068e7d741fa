import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../src/plan/options.js';
import { DEFAULT_TARGETS, TARGET_RULES } from '../../src/score/targets/index.js';

const parse = (targets: unknown) =>
  parseOptions({ targets }, (option) => `"${option}"`, { targets: TARGET_RULES }).targets;
const cpu = { metric: 'primary-cpu', bound: 30 };

describe('targets of a config', () => {
  it('are taken in their order, and the default ones are such a list', () => {
    const lag = { metric: 'replica-lag', bound: 20 };
    expect(parse([lag, { ...cpu, band: 50 }])).toEqual([lag, { ...cpu, band: 50 }]);
    expect(parse(DEFAULT_TARGETS)).toEqual(DEFAULT_TARGETS);
    expect(parse(undefined)).toBeUndefined();
  });

  it('may still say the direction that their metric has, which adds nothing', () => {
    expect(parse([{ ...cpu, direction: 'less' }])).toEqual([cpu]);
    const speed = { metric: 'analytics-speedup', bound: 2 };
    expect(parse([{ ...speed, direction: 'more' }])).toEqual([speed]);
  });

  it.each([
    [
      [{ ...cpu, metric: 'speed' }],
      `"targets" has "speed" where one of these metrics must stand: ${Object.keys(TARGET_RULES).join(', ')}`,
    ],
    [[{ bound: 1 }], 'has no metric where one of these metrics must stand'],
    [[{ ...cpu, direction: 'more' }], 'can only ask primary-cpu to be less'],
    [[{ ...cpu, bound: 0 }], 'has a bound that is not above 0'],
    [[{ ...cpu, bound: 140 }], 'more than 100 % less'],
    [[{ metric: 'primary-cpu' }], 'without a number as its bound'],
    [[{ ...cpu, band: 20 }], 'a band for primary-cpu that ends before its bound'],
    [[{ metric: 'replica-lag', bound: 9, band: 20 }], 'has a band for replica-lag'],
    [[cpu, cpu], 'has two targets for primary-cpu'],
    [[{ ...cpu, bounds: 3 }], 'a target with bounds, but only metric, bound and band are known'],
    [['primary-cpu'], 'a target that is not an object such as'],
    [[], 'is empty'],
    [{ 'primary-cpu': 40 }, 'must be a list of targets'],
  ])('that are wrong are one sentence: %j', (targets, sentence) => {
    expect(() => parse(targets)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining(sentence) }),
    );
    expect(() => parse(targets)).toThrow(/^"targets" [^\n]*\.$/);
  });
});
