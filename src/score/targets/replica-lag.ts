import { formatBytes, formatCount, formatMs, formatPercent, formatSeconds } from '../../machine/pure.js';
import { type Figure, meanOver } from '../figures/figure.js';
import { enoughCommits } from '../figures/floors.js';
import { noiseOfLag } from '../figures/noise.js';
import { LEVEL } from '../statistics/estimate.js';
import type { Target } from './target.js';

/** Mean time in ms from a commit's return on the primary until the replica shows it. */
export const lagOfReplica: Figure = {
  of: ({ lag }) => (lag && lag.commitToVisible.count > 0 ? lag.commitToVisible.meanMs : null),
  overBlocks: (run) => (run.lag ? meanOver(run, run.lag.series.tMs, run.lag.series.lagMs) : null),
  noise: noiseOfLag,
  leastRelevant: 1.05,
  floor: enoughCommits,
};

export const replicaLag: Target = {
  title: 'Replica lag',
  unit: 'ms',
  sideUnit: 'ms',
  figure: lagOfReplica,
  value: 'level',
  goal: { bound: 100 },
  missing({ split: { lag, side } }) {
    if (side === 'baseline') return 'A baseline was compared with a baseline: there is no replica.';
    if (!lag) return 'The split run has no record of a replica’s lag.';
    return lag.commitToVisible.count > 0 ? null : 'No commit was followed to a replica.';
  },
  detail({ split: { lag } }) {
    if (!lag) return '';
    const { count, p95Ms, p99Ms, maxMs } = lag.commitToVisible;
    const others = (lag.others ?? []).map(
      ({ node, commitToVisible: { meanMs, p99Ms } }) =>
        ` Mean on node ${node}: ${formatMs(meanMs)}, p99: ${formatMs(p99Ms)}.`,
    );
    const where = others.length > 0 ? ` on node ${lag.node}` : '';
    const unseen =
      lag.unseen > 0
        ? ` ${formatCount(lag.unseen)} of them were not seen within the ${formatSeconds(maxMs / 1000)} that they were waited for, and count as that long.`
        : '';
    const what =
      lag.followed === 'positions'
        ? `WAL positions of the primary, from when it was asked until they had been replayed (the bench may not write there, so it followed no commits)`
        : 'commits, from commit to visible';
    return `Mean${where} of ${formatCount(count)} ${what}. p95: ${formatMs(p95Ms)}; p99: ${formatMs(p99Ms)}; longest: ${formatMs(maxMs)}. On average ${formatBytes(lag.bytesBehindMean)} behind.${unseen}${others.join('')}`;
  },
  // What happens in that share of runs stays out of all of them once in twenty times.
  openIn: (pairs) =>
    `A stall that occurs in up to ${formatPercent((1 - (1 - LEVEL) ** (1 / pairs)) * 100, 2)} of runs could go unseen in ${pairs} pairs.`,
};
