import { formatCores, formatMs, formatPercent, meanOf, sumOf } from '../../machine/pure.js';
import { levelOf } from '../comparison.js';
import { coresOf, shareOf } from '../measures.js';
import { sideOf } from '../pair.js';
import { replicasOf } from '../replicas.js';
import { lagOfReplica } from '../targets/replica-lag.js';
import type { CountedCost } from './cost.js';

/** What any replica costs by being there. */

export const replicaCpu: CountedCost = {
  title: 'Replica CPU',
  unit: 'cores',
  standing: true,
  count(pairs) {
    const splits = sideOf(pairs, 'split').flatMap((run) => {
      const replicas = run.nodes.filter(({ role }) => role === 'replica');
      const cores = replicas.map((node) => coresOf(node, run)).filter((each) => each !== null);
      const shares = replicas.map((node) => shareOf(node, run)).filter((share) => share !== null);
      if (replicas.length === 0 || cores.length < replicas.length || shares.length < replicas.length)
        return [];
      return [{ replicas, cores: sumOf(cores), share: meanOf(shares) }];
    });
    if (splits.length === 0) return null;
    const used = meanOf(splits.map(({ cores }) => cores));
    const share = formatPercent(meanOf(splits.map((split) => split.share)) * 100);
    const { replicas } = splits[0]!;
    const [one, whose] =
      replicas.length > 1
        ? [`The ${replicas.length} replicas`, 'their budgets']
        : ['The replica', 'its budget'];
    const whole = replicas[0]!.budget.cpus === null ? 'the machine' : whose;
    const sentence = `${one} used ${formatCores(used)} (${share} of ${whole}), in addition to what the primary used.`;
    const brief = `${formatCores(used)} of CPU`;
    return { baseline: null, split: used, worse: false, sentence, brief };
  },
};

export const staleness: CountedCost = {
  title: 'Age of replica data',
  unit: 'ms',
  standing: true,
  count(pairs) {
    const splits = sideOf(pairs, 'split');
    const value = levelOf(lagOfReplica, splits)?.value;
    if (value === undefined) return null;
    const p99 = Math.max(...splits.map(({ lag }) => lag?.commitToVisible.p99Ms ?? 0));
    const { furthest, several } = replicasOf(splits[0]!);
    // What was not seen counts as long as it was waited for.
    const least = splits.some(({ lag }) => lag && lag.unseen > 0) ? 'at least ' : '';
    const sentence = `A commit is visible on ${furthest} ${least}${formatMs(value)} later on average (${splits.length > 1 ? 'largest ' : ''}p99 ${formatMs(p99)}); on a primary alone it is visible at once.`;
    const brief = `a lag of ${least}${formatMs(value)}${several ? ` on ${furthest}` : ''}`;
    return { baseline: null, split: value, worse: false, sentence, brief };
  },
};

/** It stands here to check the lag that was measured. */
export const replayLag: CountedCost = {
  title: 'Replay lag by pg_stat_replication',
  unit: 'ms',
  standing: true,
  count(pairs) {
    const known = pairs.flatMap(({ split: { lag } }) => lag?.reportedReplayMs ?? []);
    if (known.length === 0) return null;
    const replay = meanOf(known);
    const sentence = `The server’s own figure for the replay lag is ${formatMs(replay)} on average; it is a check on the figure above.`;
    return { baseline: null, split: replay, worse: false, sentence };
  },
};
