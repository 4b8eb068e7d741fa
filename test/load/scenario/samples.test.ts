import { describe, expect, it } from 'vitest';
import { ITERATIONS, Samples } from '../../../src/load/scenario/samples.js';
import { readSummary } from '../../../src/load/scenario/summary.js';

const ZERO_MS = Date.parse('2026-01-01T00:00:00Z');

/** As k6 writes a moment, in ms since the zero: with nanoseconds. */
function timeAt(ms: number): string {
  return new Date(ZERO_MS + ms)
    .toISOString()
    .replace('Z', `${String(Math.round((ms % 1) * 1e6)).padStart(6, '0')}Z`);
}

function point(metric: string, atMs: number, value: number, tags: Record<string, string> = {}): string {
  return JSON.stringify({ metric, type: 'Point', data: { time: timeAt(atMs), value, tags } });
}

interface Request {
  beganMs: number;
  tookMs: number;
  tags?: Record<string, string>;
}

function request({ beganMs, tookMs, tags }: Request): string[] {
  const all = { scenario: 'rate', method: 'GET', status: '200', expected_response: 'true', ...tags };
  const answeredMs = beganMs + tookMs;
  const of = (metric: string, value: number) => point(metric, answeredMs, value, all);
  return [
    ...[of('http_reqs', 1), of('http_req_duration', tookMs - 1), of('http_req_blocked', 1)],
    of('http_req_failed', all.expected_response === 'true' ? 0 : 1),
  ];
}

/** Ten a second for two seconds, of which the second is measured. */
function samplesOf(lines: string[], ratePerSecond: number | null = 10) {
  const window = { startUs: 1e6, endUs: 2e6, blockUs: 5e5 };
  const samples = new Samples({ zeroMs: ZERO_MS, window, ratePerSecond, seconds: 2 });
  for (const line of lines) samples.read(line);
  return samples.result();
}

const iterations = (count: number, lateMs: (number: number) => number = () => 0) =>
  Array.from({ length: count }, (_, number) => point(ITERATIONS, 5 + number * 100 + lateMs(number), number));

describe('k6’s samples', () => {
  it('count each request in its category, by tag, else by its method', () => {
    const { tally, warnings } = samplesOf([
      ...iterations(20),
      ...request({ beganMs: 1100.25, tookMs: 20.5, tags: { category: 'analytics', name: 'report' } }),
      ...request({ beganMs: 1200, tookMs: 3, tags: { method: 'POST' } }),
      ...request({ beganMs: 1300, tookMs: 3, tags: { category: 'checkout' } }),
      ...request({ beganMs: 500, tookMs: 3 }),
    ]);
    expect(tally.window).toMatchObject({ analytics: { ok: 1 }, write: { ok: 1 }, read: { ok: 1 } });
    expect(tally.whole).toMatchObject({ read: { ok: 2 } });
    expect(tally.latency.analytics?.sumUs).toBe(20_500);
    expect(tally.operations).toEqual({ report: 'analytics' });
    expect(warnings).toEqual([expect.stringContaining('category "checkout" counted by their method')]);
  });

  it('leave out what setup and teardown ask', () => {
    const { tally } = samplesOf(
      request({ beganMs: 1100, tookMs: 3, tags: { scenario: undefined as never } }),
    );
    expect(tally.whole.read.ok).toBe(0);
  });

  it('tell failures by what the scenario expects, and why they failed', () => {
    const { tally } = samplesOf([
      ...request({
        beganMs: 1100,
        tookMs: 3,
        tags: { expected_response: 'false', status: '503', name: 'menu' },
      }),
      ...request({
        beganMs: 1200,
        tookMs: 3,
        tags: { expected_response: 'false', status: '0', error_code: '1050' },
      }),
      ...request({ beganMs: 1300, tookMs: 3, tags: { status: '404' } }),
    ]);
    expect(tally.window.read).toEqual({ ok: 1, failed: 2, skipped: 0 });
    expect(tally.errors).toMatchObject([
      { operation: 'menu', code: 'HTTP 503' },
      { operation: 'GET', code: 'timeout' },
    ]);
  });

  it('tell how late iterations began, from when their schedule had them begin', () => {
    const { tally } = samplesOf(iterations(20, (number) => (number === 15 ? 40 : 0)));
    expect(tally.lateness).toMatchObject({ count: 10, minUs: 0, maxUs: 40_000 });
    expect(tally.late.generator).toMatchObject({ count: 1 });
  });

  it('count iterations that were dropped, or cut off by an abort, as not sent', () => {
    const dropped = point('dropped_iterations', 1250, 1);
    expect(samplesOf([...iterations(19), dropped])).toMatchObject({
      notStarted: 1,
      census: { whole: { read: 1 }, window: { read: 1 } },
    });
    expect(samplesOf(iterations(15))).toMatchObject({ notStarted: 5, census: { window: { read: 5 } } });
  });

  it('know no schedule where the scenario has executors of its own', () => {
    const ended = [400, 900, 1400].map((atMs) => point('iterations', atMs, 1));
    const { tally, iterations, notStarted } = samplesOf(ended, null);
    expect({ iterations, notStarted, late: tally.lateness.count }).toEqual({
      iterations: 3,
      notStarted: 0,
      late: 0,
    });
  });
});

it('keeps thresholds, checks and metrics of k6’s summary, without the bench’s own', () => {
  const checks = [{ name: 'is ok', passes: 3, fails: 1 }];
  const values = { 'p(95)': 12.5 };
  const summary = readSummary({
    root_group: { name: '', checks, groups: [{ name: 'cart', checks, groups: [] }] },
    metrics: {
      http_req_duration: { values, thresholds: { 'p(95)<10': { ok: false } } },
      [ITERATIONS]: { values: { count: 4 } },
    },
  });
  expect(summary).toEqual({
    thresholds: [{ metric: 'http_req_duration', threshold: 'p(95)<10', ok: false }],
    checks: [
      { name: 'is ok', passes: 3, fails: 1 },
      { name: 'cart: is ok', passes: 3, fails: 1 },
    ],
    metrics: { http_req_duration: values },
  });
});
