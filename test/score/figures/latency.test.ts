import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bucketsOf, encodeHistogram } from '../../../src/record/histogram.js';
import type { RunRecord } from '../../../src/record/run.js';
import { latency } from '../../../src/score/figures/latency.js';
import { record } from '../../load/latencies.js';

/** Latencies in µs by time block; a block may be empty. */
const blocks = fc.array(fc.array(fc.oneof(fc.nat(50), fc.nat(5_000), fc.nat(1_000_000)), { maxLength: 40 }), {
  minLength: 1,
  maxLength: 12,
});
const choices = fc.array(fc.nat(), { minLength: 1, maxLength: 12 });

/** A split, some of whose requests were not answered in their block. */
const TIMEOUT_MS = 700;
const failures = fc.array(fc.nat(3), { minLength: 12, maxLength: 12 });
const withFailed = (latencies: number[][], failed: number[]) =>
  latencies.map((each, block) => [...each, ...new Array<number>(failed[block]!).fill(TIMEOUT_MS * 1000)]);

function runOf(latencies: number[][], failed: number[]): RunRecord {
  const histograms = latencies.map((each) =>
    each.length > 0 ? { read: encodeHistogram(record(each)) } : {},
  );
  const window = { seconds: 5 * latencies.length, blockSeconds: 5 };
  const load = {
    timeoutMs: TIMEOUT_MS,
    window: {
      blocks: histograms,
      failedByBlock: failed.slice(0, latencies.length).map((read) => ({ read })),
      accounting: { byCategory: { read: { notSent: 0 } } },
    },
  };
  const plan = { workload: { kind: 'smartmenu' } };
  return { side: 'split', plan, window, load } as unknown as RunRecord;
}

it.each([0.5, 0.95] as const)(
  'the percentile %d over a choice of blocks is that of all their answers',
  (p) => {
    fc.assert(
      fc.property(blocks, failures, choices, (answered, failed, picks) => {
        const over = latency('read', p).overBlocks(runOf(answered, failed));
        if (over === null) return;
        const latencies = withFailed(answered, failed);
        const chosen = picks.map((pick) => pick % latencies.length);
        const pooled = chosen.flatMap((block) => latencies[block]!);
        fc.pre(pooled.length > 0);
        const { valuesUs, counts } = bucketsOf(encodeHistogram(record(pooled)));
        const all = [...valuesUs].flatMap((us, i) => new Array<number>(counts[i]!).fill(us));
        expect(over(chosen)).toBe(all[Math.ceil(p * all.length - 1e-6) - 1]! / 1000);
      }),
    );
  },
);

it('the mean over a choice of blocks is that of all their answers', () => {
  fc.assert(
    fc.property(blocks, failures, choices, (answered, failed, picks) => {
      const over = latency('read', 'mean').overBlocks(runOf(answered, failed));
      if (over === null) return;
      const latencies = withFailed(answered, failed);
      const chosen = picks.map((pick) => pick % latencies.length);
      const pooled = chosen.flatMap((block) => latencies[block]!);
      const mean = pooled.reduce((sum, us) => sum + us, 0) / pooled.length / 1000;
      if (pooled.length === 0) expect(over(chosen)).toBeNaN();
      else expect(over(chosen)).toBeCloseTo(mean, 6);
    }),
  );
});
