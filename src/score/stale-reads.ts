import { formatCount, formatPercent } from '../machine/pure.js';
import type { ConsistencyObservation, RunRecord } from '../record/pure.js';
import type { Pair } from './pair.js';
import type { Regression } from './scorecard.js';

/** What sessions missed of what they had written or read before, by consistency mode; empty for older records. */
export function staleReads(pairs: readonly Pair[]): Regression[] {
  const before = observed(pairs.map(({ baseline }) => baseline));
  return observed(pairs.map(({ split }) => split)).map((found) => {
    const same = before.find(({ mode }) => mode === found.mode);
    const share = (seen: Seen | undefined) =>
      seen && seen.readBacks > 0 ? (seen.stale / seen.readBacks) * 100 : null;
    return {
      id: `stale-reads-${found.mode}`,
      title: `Stale reads in mode ${found.mode}`,
      baseline: share(same),
      split: share(found),
      unit: 'percent',
      interval: null,
      difference: null,
      pValue: null,
      // Each one is a fact: there is no noise in it.
      worse: found.stale > (same?.stale ?? 0) || found.backward > (same?.backward ?? 0),
      sentence: sentence(found),
    };
  });
}

/** All modes in one line, for beside the targets; null where nothing was read back. */
export function staleReadsNote(pairs: readonly Pair[]): string | null {
  const found = observed(pairs.map(({ split }) => split)).filter(({ readBacks }) => readBacks > 0);
  if (found.length === 0) return null;
  const parts = found.map(
    ({ mode, stale, readBacks, backward }) =>
      `${stale === 0 ? 'none' : `${formatCount(stale)} (${formatPercent((stale / readBacks) * 100)})`} of ${formatCount(readBacks)} in mode ${mode}${
        backward > 0 ? `, where ${formatCount(backward)} reads went back in time` : ''
      }`,
  );
  return `Stale reads, of those that read back what their session had written: ${parts.join('; ')}.`;
}

function sentence({ mode, readBacks, stale, staleVersionsMax, backward, reads }: Seen): string {
  if (readBacks === 0) return `In mode ${mode}, nothing was read back.`;
  const missed =
    stale === 0
      ? `none of ${formatCount(readBacks)} reads missed what its session had written`
      : `${formatCount(stale)} of ${formatCount(readBacks)} reads (${formatPercent((stale / readBacks) * 100)}) missed what their session had written, by up to ${formatCount(staleVersionsMax)} ${staleVersionsMax === 1 ? 'write' : 'writes'}`;
  const wentBack =
    backward === 0
      ? 'none went back in time'
      : `${formatCount(backward)} of ${formatCount(reads)} showed less than their session had read before`;
  return `In mode ${mode}, ${missed}, and ${wentBack}.`;
}

type Seen = Pick<
  ConsistencyObservation,
  'mode' | 'reads' | 'readBacks' | 'stale' | 'staleVersionsMax' | 'backward'
>;

/** What was seen in each mode, over all runs of a side. */
function observed(runs: readonly RunRecord[]): Seen[] {
  const byMode = new Map<string, Seen>();
  for (const found of runs.flatMap(({ consistency }) => consistency ?? [])) {
    const sum = byMode.get(found.mode);
    byMode.set(found.mode, sum ? added(sum, found) : found);
  }
  return [...byMode.values()];
}

function added(a: Seen, b: Seen): Seen {
  return {
    mode: a.mode,
    reads: a.reads + b.reads,
    readBacks: a.readBacks + b.readBacks,
    stale: a.stale + b.stale,
    staleVersionsMax: Math.max(a.staleVersionsMax, b.staleVersionsMax),
    backward: a.backward + b.backward,
  };
}
