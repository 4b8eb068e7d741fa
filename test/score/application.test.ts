import { describe, expect, it } from 'vitest';
import { runSummary } from '../../src/report/run-summary.js';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import type { Scorecard } from '../../src/score/scorecard.js';
import { histogram, pairOf, pairsOf, runOf, smartmenuModel } from './fixture.js';

const check = (card: Scorecard, id: string) => card.checks.find((each) => each.id === id);

/** Driven by a scenario of the user's own: the router is the application's, of which nothing is known. */
function asApplication({ baseline, split }: Pair, executors?: Record<string, string>): void {
  for (const { plan, router, load } of [baseline, split]) {
    plan.workload.kind = 'application';
    plan.workload.application = { scenario: 'browse.ts', targets: {} };
    if (executors) Object.assign(plan.load, { executors, ratePerSecond: null, targetUtilisation: null });
    router.requests = [];
    load.scenario = {
      ...{ iterations: 9000, notStarted: 0, metrics: {} },
      checks: [{ name: 'the menu is there', passes: 8999, fails: 1 }],
      thresholds: [{ metric: 'http_req_duration', threshold: 'p(95)<200', ok: true }],
    };
  }
}

/** Each of its users had half as many answers, in as much time. */
function halve({ load, accounting }: Pair['split']): void {
  const { window } = load;
  for (const each of [accounting, window.accounting]) {
    for (const part of [each, ...Object.values(each.byCategory)]) {
      part.captured -= part.ok - Math.floor(part.ok / 2);
      part.ok = Math.floor(part.ok / 2);
    }
    each.ok = Object.values(each.byCategory).reduce((sum, { ok }) => sum + ok, 0);
    each.captured = each.ok;
  }
}

describe('a scenario on an application of the user’s own', () => {
  it('at a rate is judged as other workloads are, but for what only the bench’s own router counts', () => {
    const card = score([pairOf(undefined, asApplication)]);
    expect(card.valid).toBe(true);
    expect(check(card, 'same-work')?.state).toBe('holds');
    expect(check(card, 'generator-lateness')?.state).toBe('holds');
    expect(card.notes.join(' ')).not.toContain('Closed model');
  });

  it('by its own executors is told as a closed model, for each answer', () => {
    const pair = pairOf(undefined, (both) => {
      asApplication(both, { guests: 'constant-vus' });
      halve(both.split);
    });
    const card = score([pair]);
    expect(check(card, 'same-work')).toMatchObject({ state: 'not-judged' });
    expect(check(card, 'generator-lateness')).toMatchObject({ state: 'not-judged' });
    expect(card.notes.join(' ')).toContain(
      'Closed model: an executor of the scenario’s own (guests, constant-vus)',
    );
    expect(card.headroom).toBeNull();
    const row = card.scorecard.find(({ id }) => id === 'primary-cpu')!;
    expect(row).toMatchObject({ title: 'CPU of the primary for each answer', sideUnit: 'ms' });
    const atRate = score([pairOf(undefined, asApplication)]).scorecard.find(
      ({ id }) => id === 'primary-cpu',
    )!;
    expect(1 - row.value! / 100).toBeCloseTo(2 * (1 - atRate.value! / 100), 1);
  });

  it('by its own executors has no more room for having got less to do', () => {
    const less = { ...smartmenuModel, ratePerSecond: 340, primaryShare: 1 };
    const pairs = pairsOf(3).map((pair, index) => {
      const split = { ...runOf({ ...less, seed: 70 + index }, 'split'), plan: pair.split.plan };
      const both = { ...pair, split };
      asApplication(both, { guests: 'constant-vus' });
      return both;
    });
    const { valid, decision } = score(pairs);
    expect(valid).toBe(true);
    expect(decision!.sentence).not.toContain('room for');
  });

  it('by its own executors is not compared where they came to do another mix of work', () => {
    const light = histogram(2000, () => 20_000);
    const pairs = pairsOf(3).map((pair) => {
      asApplication(pair, { guests: 'constant-vus' });
      for (const { load } of [pair.baseline, pair.split]) load.window.operations.glance = 'analytics';
      // As many heavy reports as before, as slow as before, and ten times as many light ones.
      const { load, accounting } = pair.split;
      const { latency, latencyByOperation } = load.window;
      latencyByOperation.glance = light;
      latency.analytics = light;
      for (const each of [accounting, load.window.accounting]) {
        const more = light.count - each.byCategory.analytics.ok;
        for (const part of [each, each.byCategory.analytics]) {
          part.ok += more;
          part.captured += more;
        }
      }
      return pair;
    });
    const card = score(pairs);
    expect(card.valid).toBe(true);
    for (const id of ['analytics-speedup', 'primary-cpu', 'primary-read-volume'])
      expect(card.scorecard.find((row) => row.id === id)).toMatchObject({
        verdict: 'invalid',
        difference: null,
        reason: expect.stringMatching(/^The sides did other work: .*“glance” in the baseline of pair 1, and/),
      });
    expect(card.headline).not.toContain('as fast');
    expect(card.decision!.sentence).not.toContain('as fast');
    expect(card.regressions.find(({ id }) => id === 'analytics-p95')).toMatchObject({
      worse: false,
      difference: null,
      sentence: expect.stringContaining('there is nothing to compare with'),
    });
    // On a schedule, both sides answer the same requests.
    const planned = score(
      pairs.map((pair) => ({ ...pair, baseline: pairOf().baseline, split: pairOf().split })),
    );
    expect(planned.scorecard.every(({ verdict }) => verdict !== 'invalid')).toBe(true);
  });

  it('names the thresholds that were crossed, which make nothing invalid', () => {
    const pair = pairOf(undefined, (both) => {
      asApplication(both);
      both.split.load.scenario!.thresholds[0]!.ok = false;
    });
    const card = score([pair]);
    expect(card.valid).toBe(true);
    const words = 'Thresholds of the scenario were crossed: http_req_duration p(95)<200';
    expect(card.notes).toContain(`${words} in the split.`);
    const { lines } = runSummary(pair.split, 'run.json');
    expect(lines).toContain(`  note: ${words}.`);
    expect(lines).toContain('  k6: 9,000 iterations, 8,999 of 9,000 checks passed, 0 of 1 thresholds kept');
  });

  it('is invalid where iterations were dropped, with what to do', () => {
    const card = score([
      pairOf(undefined, (both) => {
        asApplication(both);
        const { accounting } = both.baseline;
        for (const each of [accounting, accounting.byCategory.read]) {
          each.notSent += 3;
          each.captured += 3;
        }
      }),
    ]);
    expect(card.valid).toBe(false);
    expect(check(card, 'all-sent')).toMatchObject({ state: 'fails', cure: expect.stringContaining('(vus)') });
  });
});
