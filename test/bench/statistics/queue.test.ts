import { expect, it } from 'vitest';
import { random } from '../../../src/machine/random.js';
import { serve } from './queue.js';

const { next } = random(31, 7, 0);
const exponential = (mean: number) => -mean * Math.log(1 - next());

function requestsOf(count: number, everyMs: number, costMs: number) {
  let at = 0;
  const dueMs = Float64Array.from({ length: count }, () => {
    at += exponential(everyMs);
    return at;
  });
  return { dueMs, costMs: Float64Array.from({ length: count }, () => exponential(costMs)) };
}

it.each([1, 10])(
  'the queue has the mean time of M/M/1, with %i connections that share one core',
  (connections) => {
    const requests = requestsOf(100_000, 5, 3.5);
    const node = { cores: 1, quotaMs: 20, periodMs: 20, connections };
    const { answeredMs } = serve(node, requests, 100, 0);
    const mean = answeredMs.reduce((sum, at, i) => sum + at - requests.dueMs[i]!, 0) / answeredMs.length;
    // 1 ÷ (μ − λ), however the core is shared.
    expect(mean / (1 / (1 / 3.5 - 1 / 5))).toBeGreaterThan(0.93);
    expect(mean / (1 / (1 / 3.5 - 1 / 5))).toBeLessThan(1.07);
  },
);

it('no period has more CPU than its quota, and what was asked for is used in the end', () => {
  const requests = requestsOf(5000, 5, 2.2);
  const node = { cores: 1.4, quotaMs: 10, periodMs: 20, connections: 10 };
  const { cpuMs, periods, throttledPeriods } = serve(node, requests, 20, 40_000);
  expect(Math.max(...cpuMs)).toBeLessThan(10.001);
  expect(cpuMs.reduce((sum, each) => sum + each, 0)).toBeCloseTo(
    requests.costMs.reduce((sum, each) => sum + each, 0),
    6,
  );
  expect(periods).toBe(2000);
  expect(throttledPeriods).toBeGreaterThan(500);
});
