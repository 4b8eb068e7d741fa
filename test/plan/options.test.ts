import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration, parseOptions } from '../../src/plan/options.js';

const flags = (given: Record<string, unknown>) => parseOptions(given, (option) => `--${option}`);

describe('options of a run', () => {
  it('leave to the workload what depends on it', () => {
    const { seed, scale, speed, durationS, warmupS } = flags({});
    expect([seed, scale, speed, durationS, warmupS].filter((value) => value !== undefined)).toEqual([]);
  });

  it("take PostgreSQL's settings by their names in any case, with values of any kind", () => {
    const settings = {
      Work_Mem: '8MB',
      jit: true,
      random_page_cost: 1.1,
      'auto_explain.log_min_duration': 0,
    };
    expect(flags({ settings }).settings).toEqual({
      work_mem: '8MB',
      jit: 'true',
      random_page_cost: '1.1',
      'auto_explain.log_min_duration': '0',
    });
    expect(() => flags({ settings: { 'jit = off\nfsync': 'off' } })).toThrow(/can't be a setting's name/);
    expect(() => flags({ settings: { jit: null } })).toThrow(
      /--settings must have text, numbers or booleans/,
    );
  });

  it('choose from the names of the tables that they are given', () => {
    const choices = { driver: ['auto', 'k6'], cluster: ['embedded'] };
    const choose = (given: Record<string, unknown>) =>
      parseOptions(given, (option) => `--${option}`, choices);
    expect(choose({ driver: 'k6', cluster: 'embedded' })).toMatchObject({
      driver: 'k6',
      cluster: 'embedded',
    });
    expect(() => choose({ driver: 'jmeter' })).toThrow('--driver must be one of auto, k6 (given: "jmeter").');
    expect(() => choose({ cluster: 'cloud' })).toThrow('--cluster must be one of embedded (given: "cloud").');
  });

  it('have the defaults that the default plan is made of', () => {
    expect(flags({})).toMatchObject({
      driver: 'auto',
      rate: 'auto',
      utilisation: 0.9,
      nodeCpus: 0.5,
      out: 'reports',
    });
  });

  it('take numbers as text, as flags give them, and as numbers, as a config file does', () => {
    expect(flags({ rate: '250', seed: '7', duration: '2m', nodeCpus: '0.25' })).toMatchObject({
      rate: 250,
      seed: 7,
      durationS: 120,
      nodeCpus: 0.25,
    });
    expect(flags({ rate: 250, duration: 120 })).toMatchObject({ rate: 250, durationS: 120 });
  });

  it('take load for utilisation, as it was called once', () => {
    expect(flags({ load: 0.8 })).toMatchObject({ utilisation: 0.8 });
    expect(flags({ load: 0.8, utilisation: 0.5 })).toMatchObject({ utilisation: 0.5 });
    expect(flags({ load: 0.8 })).not.toHaveProperty('load');
  });

  it.each([
    [{ rate: '0' }, '--rate'],
    [{ rate: '-3' }, '--rate'],
    [{ rate: 'fast' }, '--rate'],
    [{ rate: '' }, '--rate'],
    [{ duration: 'soon' }, '--duration'],
    [{ duration: '0s' }, '--duration'],
    [{ seed: '1.5' }, '--seed'],
    [{ utilisation: '1.2' }, '--utilisation'],
    [{ load: '1.2' }, '--load'],
    [{ nodeCpus: '0' }, '--nodeCpus'],
    [{ speed: '0' }, '--speed'],
    [{ colour: 'blue' }, '--colour'],
  ])('refuse %j in one sentence that names the option', (given, name) => {
    expect(() => flags(given)).toThrow(new RegExp(`^${name} [^\\n]*\\.$`));
  });

  it('read a duration back as it was written', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100_000 }),
        fc.constantFrom(['ms', 0.001], ['s', 1], ['m', 60], ['h', 3600], ['', 1]),
        (n, [unit, factor]) => {
          expect(parseDuration(`${n}${unit}`)).toBeCloseTo(n * (factor as number), 9);
        },
      ),
    );
    expect(parseDuration('5 days')).toBeNull();
  });
});
