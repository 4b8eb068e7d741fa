import { formatCount, formatPercent } from '../../machine/pure.js';
import type { ConsistencyObservation, RunRecord } from '../../record/pure.js';
import type { ConsistencyMode } from '../../router/index.js';
import type { Pair } from '../pair.js';
import type { CountedCost } from './cost.js';

/** What sessions missed of what they had written or read before, in a consistency mode. */
export function staleReads(mode: ConsistencyMode): CountedCost {
  return {
    title: `Stale reads in mode ${mode}`,
    unit: 'percent',
    look(pairs) {
      const before = observed(pairs.map(({ baseline }) => baseline)).get(mode);
      const found = observed(pairs.map(({ split }) => split)).get(mode);
      if (!found) return null;
      const share = (seen: Seen | undefined) =>
        seen && seen.readBacks > 0 ? (seen.stale / seen.readBacks) * 100 : null;
      return {
        baseline: share(before),
        split: share(found),
        // Each one is a fact: there is no noise in it.
        worse: found.stale > (before?.stale ?? 0) || found.backward > (before?.backward ?? 0),
        sentence: `In mode ${mode}, ${inWords(found)}.`,
      };
    },
  };
}

/** All modes in one line, for beside the targets; null where nothing was read back. */
export function staleReadsNote(pairs: readonly Pair[]): string | null {
  const found = [...observed(pairs.map(({ split }) => split))].filter(([, { readBacks }]) => readBacks > 0);
  if (found.length === 0) return null;
  const parts = found.map(([mode, { stale, readBacks, backward }]) => {
    const missed =
      stale === 0 ? 'none' : `${formatCount(stale)} (${formatPercent((stale / readBacks) * 100)})`;
    const wentBack = backward > 0 ? `, where ${formatCount(backward)} reads went back in time` : '';
    return `${missed} of ${formatCount(readBacks)} in mode ${mode}${wentBack}`;
  });
  return `Stale reads, of those that read back what their session had written: ${parts.join('; ')}.`;
}

function inWords({ readBacks, stale, staleVersionsMax, backward, reads, failed }: Seen): string {
  if (readBacks === 0) return 'nothing was read back';
  const missed =
    stale === 0
      ? `none of ${formatCount(readBacks)} reads missed what its session had written`
      : `${formatCount(stale)} of ${formatCount(readBacks)} reads (${formatPercent((stale / readBacks) * 100)}) missed what their session had written, by up to ${formatCount(staleVersionsMax)} ${staleVersionsMax === 1 ? 'write' : 'writes'}`;
  const wentBack =
    backward === 0
      ? 'none went back in time'
      : `${formatCount(backward)} of ${formatCount(reads)} showed less than their session had read before`;
  const unknown = failed > 0 ? `; ${formatCount(failed)} requests failed, and say nothing` : '';
  return `${missed}, and ${wentBack}${unknown}`;
}

type Seen = Omit<ConsistencyObservation, 'mode'>;

/** What was seen in each mode, over all runs of a side. */
function observed(runs: readonly RunRecord[]): Map<ConsistencyMode, Seen> {
  const byMode = new Map<ConsistencyMode, Seen>();
  for (const found of runs.flatMap(({ consistency }) => consistency)) {
    const sum = byMode.get(found.mode);
    byMode.set(found.mode, sum ? added(sum, found) : found);
  }
  return byMode;
}

function added(a: Seen, b: Seen): Seen {
  return {
    reads: a.reads + b.reads,
    readBacks: a.readBacks + b.readBacks,
    stale: a.stale + b.stale,
    staleVersionsMax: Math.max(a.staleVersionsMax, b.staleVersionsMax),
    backward: a.backward + b.backward,
    failed: a.failed + b.failed,
  };
}
