import { formatCount, formatPercent, sumOf } from '../../machine/pure.js';
import type { ConsistencyObservation, RunRecord } from '../../record/pure.js';
import type { ConsistencyMode } from '../../router/index.js';
import { type Pair, sideOf } from '../pair.js';
import type { CountedCost } from './cost.js';

/** What sessions missed of what they had written or read before, in a consistency mode. */
export function staleReads(mode: ConsistencyMode): CountedCost {
  return {
    title: `Stale reads in mode ${mode}`,
    unit: 'percent',
    count(pairs) {
      const before = observed(sideOf(pairs, 'baseline')).get(mode);
      const found = observed(sideOf(pairs, 'split')).get(mode);
      if (!found) return null;
      return {
        baseline: before && before.readBacks > 0 ? stalePercent(before) : null,
        split: found.readBacks > 0 ? stalePercent(found) : null,
        // Each one is a fact: there is no noise in it.
        worse: found.stale > (before?.stale ?? 0) || found.backward > (before?.backward ?? 0),
        sentence: `In mode ${mode}, ${inWords(found)}.`,
      };
    },
  };
}

/** All modes in one line, for beside the targets; null where nothing was read back. */
export function staleReadsNote(pairs: readonly Pair[]): string | null {
  const found = [...observed(sideOf(pairs, 'split'))].filter(([, { readBacks }]) => readBacks > 0);
  if (found.length === 0) return null;
  const parts = found.map(([mode, seen]) => {
    const { stale, readBacks, backward } = seen;
    const missed = stale === 0 ? 'none' : `${formatCount(stale)} (${formatPercent(stalePercent(seen))})`;
    const wentBack = backward > 0 ? `, where ${formatCount(backward)} reads went back in time` : '';
    return `${missed} of ${formatCount(readBacks)} in mode ${mode}${wentBack}`;
  });
  return `Stale reads, of those that read back what their session had written: ${parts.join('; ')}.`;
}

function inWords(seen: Seen): string {
  const { readBacks, stale, staleVersionsMax, backward, reads, failed } = seen;
  if (readBacks === 0) return 'nothing was read back';
  const missed =
    stale === 0
      ? `none of ${formatCount(readBacks)} reads missed what its session had written`
      : `${formatCount(stale)} of ${formatCount(readBacks)} reads (${formatPercent(stalePercent(seen))}) missed what their session had written, by up to ${formatCount(staleVersionsMax)} ${staleVersionsMax === 1 ? 'write' : 'writes'}`;
  const wentBack =
    backward === 0
      ? 'none went back in time'
      : `${formatCount(backward)} of ${formatCount(reads)} showed less than their session had read before`;
  const unknown = failed > 0 ? `; ${formatCount(failed)} failed, and say nothing` : '';
  return `${missed}, and ${wentBack}${unknown}`;
}

function stalePercent({ stale, readBacks }: Seen): number {
  return (stale / readBacks) * 100;
}

type Seen = Omit<ConsistencyObservation, 'mode'>;

/** What was seen in each mode, over all runs of a side. */
function observed(runs: readonly RunRecord[]): Map<ConsistencyMode, Seen> {
  const all = runs.flatMap(({ consistency }) => consistency);
  const inMode = (mode: ConsistencyMode): Seen => {
    const found = all.filter((each) => each.mode === mode);
    const sum = (key: keyof Seen) => sumOf(found, (each) => each[key]);
    const staleVersionsMax = Math.max(...found.map((each) => each.staleVersionsMax));
    const [reads, readBacks, stale] = [sum('reads'), sum('readBacks'), sum('stale')];
    return { reads, readBacks, stale, staleVersionsMax, backward: sum('backward'), failed: sum('failed') };
  };
  return new Map(all.map(({ mode }) => [mode, inMode(mode)]));
}
