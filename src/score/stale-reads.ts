import type { ConsistencyObservation, RunRecord } from '../run/record.js';
import { formatCount, formatPercent } from '../units.js';
import type { Pair, Regression } from './scorecard.js';

/** What sessions missed of what they had written or read before, by consistency mode; empty for older records. */
export function staleReads({ baseline, split }: Pair): Regression[] {
  return (split.consistency ?? []).map((found) => {
    const before = observed(baseline, found);
    const share = (seen: ConsistencyObservation | undefined) =>
      seen && seen.readBacks > 0 ? seen.staleShare * 100 : null;
    return {
      id: `stale-reads-${found.mode}`,
      title: `Stale reads in mode ${found.mode}`,
      baseline: share(before),
      split: share(found),
      unit: 'percent',
      // Each one is a fact: there is no noise in it.
      worse: found.stale > (before?.stale ?? 0) || found.backward > (before?.backward ?? 0),
      sentence: sentence(found),
    };
  });
}

/** All modes in one line, for beside the targets; null where nothing was read back. */
export function staleReadsNote({ split }: Pair): string | null {
  const found = (split.consistency ?? []).filter(({ readBacks }) => readBacks > 0);
  if (found.length === 0) return null;
  const parts = found.map(
    ({ mode, stale, readBacks, staleShare, backward }) =>
      `${stale === 0 ? 'none' : `${formatCount(stale)} (${formatPercent(staleShare * 100)})`} of ${formatCount(readBacks)} in mode ${mode}${
        backward > 0 ? `, where ${formatCount(backward)} reads went back in time` : ''
      }`,
  );
  return `Stale reads, of those that read back what their session had written: ${parts.join('; ')}.`;
}

function sentence({
  mode,
  readBacks,
  stale,
  staleShare,
  staleVersionsMax,
  backward,
  reads,
}: ConsistencyObservation): string {
  if (readBacks === 0) return `In mode ${mode}, nothing was read back.`;
  const missed =
    stale === 0
      ? `none of ${formatCount(readBacks)} reads missed what its session had written`
      : `${formatCount(stale)} of ${formatCount(readBacks)} reads (${formatPercent(staleShare * 100)}) missed what their session had written, by up to ${formatCount(staleVersionsMax)} ${staleVersionsMax === 1 ? 'write' : 'writes'}`;
  const wentBack =
    backward === 0
      ? 'none went back in time'
      : `${formatCount(backward)} of ${formatCount(reads)} showed less than their session had read before`;
  return `In mode ${mode}, ${missed}, and ${wentBack}.`;
}

function observed(run: RunRecord, { mode }: ConsistencyObservation): ConsistencyObservation | undefined {
  return run.consistency?.find((each) => each.mode === mode);
}
