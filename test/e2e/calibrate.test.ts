import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Capacity } from '../../src/run/find-capacity.js';
import { runBench } from './bench.js';

let folder: string;
const bench = (...args: string[]) => runBench(folder, args);

beforeAll(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-e2e-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('bench calibrate', () => {
  it('finds the knee of the primary alone, what limits it, and a rate below it', async () => {
    const args = ['--scale', '0.05', '--node-cpus', '0.2', '--step', '1s', '--utilisation', '0.8', '--json'];
    const outcome = await bench('calibrate', ...args);
    expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
    const { steps, knee, proposedRate, budget }: Capacity = JSON.parse(outcome.stdout);
    expect(steps.map((step) => step.concurrency)).toEqual(steps.map((_, index) => 2 ** index));
    const first = steps[0]!;
    const last = steps.at(-1)!;
    expect(steps.length).toBeGreaterThan(2);
    expect(last.p50Ms).toBeGreaterThan(first.p50Ms);
    expect(knee.ratePerSecond).toBeLessThanOrEqual(Math.max(...steps.map((step) => step.ratePerSecond)));
    expect(knee.ratePerSecond).toBeGreaterThan(0.9 * first.ratePerSecond);
    expect(proposedRate).toBe(Math.round(0.8 * knee.ratePerSecond));
    for (const step of steps) {
      expect(step.failed).toBe(0);
      expect(step.serviceCores).toBeGreaterThan(0);
      expect(step.generatorCores).toBeGreaterThan(0);
      expect(step.primaryCores).toBeCloseTo(step.primaryUtilisation * budget.cpus, 2);
    }
    // A fifth of a core is used up long before a core of the service's is.
    if (budget.method.startsWith('cgroup')) expect(knee.limit).toBe('primary');
  }, 60_000);

  it('says no in one sentence to a captured trace, and to a step that is no time', async () => {
    for (const args of [
      ['--step', 'soon'],
      ['--load', '2'],
      ['--workload', 'shop.trace'],
    ]) {
      const outcome = await bench('calibrate', ...args);
      expect(outcome).toMatchObject({ code: 2, stdout: '' });
      expect(outcome.stderr.trim().split('\n')).toHaveLength(1);
    }
  });
});
