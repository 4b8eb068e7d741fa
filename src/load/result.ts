import { BenchError } from '../machine/pure.js';
import { encodeHistogram, type Histogram, type SparseHistogram } from '../record/histogram.js';
import {
  type Accounting,
  CATEGORIES,
  type Category,
  type FullAccounting,
  type LoadResult,
} from '../record/pure.js';
import type { Census } from './census.js';
import type { EndsByCategory, TallyJson } from './tally.js';

/** Joins what a trace holds with what became of it. What came to no end was not sent. */
export function toLoadResult(
  census: Pick<Census, 'whole' | 'window' | 'tellsFailures'>,
  tally: TallyJson,
  {
    generatorCpuSeconds,
    ...rest
  }: Pick<LoadResult, 'zeroEpochMs' | 'warnings' | 'router' | 'generatorBusy' | 'lockWaits' | 'scenario'> & {
    generatorCpuSeconds: number | null;
  },
): LoadResult {
  const playedSeconds = tally.lastAnswerMs / 1000;
  return {
    accounting: account(census.whole, tally.whole),
    window: {
      accounting: account(census.window, tally.window),
      latency: encodeEach(tally.latency),
      latencyByOperation: encodeEach(tally.latencyByOperation),
      blocks: tally.blocks.map(encodeEach),
      failedByBlock: tally.failedByBlock,
      operations: tally.operations,
      lateness: encodeHistogram(tally.lateness),
      backpressure: encodeHistogram(tally.backpressure),
      late: encodeEach(tally.late),
    },
    errors: [...tally.errors].sort((a, b) => b.count - a.count),
    ...(census.tellsFailures && {
      missingErrors: [...tally.missingErrors].sort((a, b) => b.count - a.count),
    }),
    skips: [...tally.skips].sort((a, b) => b.count - a.count),
    generatorCores:
      generatorCpuSeconds !== null && playedSeconds > 0 ? generatorCpuSeconds / playedSeconds : null,
    playedSeconds,
    ...rest,
  };
}

function encodeEach<T extends Partial<Record<string, SparseHistogram>>>(histograms: T) {
  const entries = Object.entries(histograms).map(([key, each]) => [key, encodeHistogram(each!)]);
  return Object.fromEntries(entries) as { [K in keyof T]: Histogram };
}

/** @throws BenchError ACCOUNTING_BROKEN if more events ended than there were */
export function account(captured: Record<Category, number>, ends: EndsByCategory): FullAccounting {
  const total: Accounting = { captured: 0, ok: 0, failed: 0, skipped: 0, notSent: 0 };
  const byCategory = {} as Record<Category, Accounting>;
  for (const category of CATEGORIES) {
    const { ok, failed, skipped } = ends[category];
    const notSent = captured[category] - ok - failed - skipped;
    if (notSent < 0) {
      throw new BenchError(
        'ACCOUNTING_BROKEN',
        `The load driver counted ${-notSent} more ${category} events than the trace holds: the run can't be trusted, please report it.`,
        { exitCode: 4 },
      );
    }
    byCategory[category] = { captured: captured[category], ok, failed, skipped, notSent };
    for (const part of Object.keys(total) as (keyof Accounting)[]) total[part] += byCategory[category][part];
  }
  return { ...total, byCategory };
}
