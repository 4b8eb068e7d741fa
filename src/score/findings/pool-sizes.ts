import { formatCount, formatMs, formatPercent, meanOf } from '../../machine/pure.js';
import { replicasOf } from '../replicas.js';
import type { FindingRule } from './finding.js';
import { executedIn, longestOn } from './statements.js';

/** Waits for a connection that a user may notice, in ms. */
const LEAST_WAIT_MS = 1;

/** A pool of which more than this was never in use is larger than it has to be. */
const SPARE = 0.5;

/** Whether requests waited for connections, or the servers keep connections that nobody needs. */
export const poolSizes: FindingRule = {
  title: 'Pool sizes',
  find(splits) {
    const busiest = splits.map(({ pools }) =>
      [...pools].sort((a, b) => (b.utilisationMean ?? 0) - (a.utilisationMean ?? 0)).at(0),
    );
    const pools = busiest.filter((pool) => pool !== undefined);
    const waits = pools.map(({ acquireWaitMsMean }) => acquireWaitMsMean).filter((wait) => wait !== null);
    const peaks = pools.map(({ utilisationMax }) => utilisationMax).filter((peak) => peak !== null);
    if (peaks.length === 0 || peaks.length < splits.length) return null;
    const { node, size } = pools[0]!;
    const peak = Math.max(...peaks);
    const wait = waits.length > 0 ? meanOf(waits) : 0;
    const waiting = Math.max(...pools.map(({ waitingMax }) => waitingMax));
    const role = splits[0]!.nodes.find(({ name }) => name === node)?.role ?? 'primary';
    const about = {
      figure: { title: `Most connections in use, ${node}`, value: peak * 100, unit: 'percent', limit: null },
      statements: longestOn(role, executedIn(splits)),
    } as const;
    const most = `Of the ${formatCount(size)} connections to ${replicasOf(splits[0]!).node(node)}, the busiest pool, at most ${formatPercent(peak * 100)} were in use`;
    if (wait >= LEAST_WAIT_MS)
      return {
        ...about,
        sentence: `${most}. Requests waited ${formatMs(wait)} for one on average, up to ${formatCount(waiting)} at a time.`,
        advice: 'Shorten what holds them (below), or give the pool more connections.',
      };
    if (peak >= SPARE) return null;
    return {
      ...about,
      sentence: `${most}, and nobody had to wait for one.`,
      advice: `A pool of ${formatCount(Math.max(2, Math.ceil(peak * size * 1.5)))} would do at this load, and save the servers memory.`,
    };
  },
};
