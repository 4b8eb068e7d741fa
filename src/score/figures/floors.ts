import { formatCount, formatPercent, sumOf } from '../../machine/pure.js';
import { type Category, nodeOf, type RunRecord } from '../../record/pure.js';
import { atLoad, longer, type Wanted, withRequests } from '../measure-more.js';
import { coresOf, shareOf, unansweredThatCount } from '../measures.js';
import { numberOf, type Pair, runsOf, sideOf } from '../pair.js';
import { LEAST_BLOCKS } from '../statistics/blocks.js';
import { blockCount, type Floor } from './figure.js';

/**
 * How much a figure needs before anything is said of it. Simulated on a queue at 90 % load: of 5 answers a side 57 % of
 * single pairs have no interval at all, of 20 all have one that holds its level. All pairs of trials replay one trace:
 * an interval over 10 pairs holds the truth of all reports in 52 % of trials where the trace has 2 of them, in 90 % from
 * 50 on, and more pairs only narrow it around those few. What a server does by itself and for being watched, 1 to 2 % of
 * its budget, moves a reduction of CPU by under 3 points from a quarter of the budget on.
 */
const LEAST = {
  /** Answers of each run, for a mean or a median; what a split left unanswered counts as they do. */
  answers: 20,
  /** The same for a 95th percentile. */
  answersInTail: 100,
  /** Different requests, for a mean or a median over several pairs. */
  requests: 50,
  /** Commits followed to the replica in each run. */
  commits: 100,
  /** Percent of the baseline's CPU budget. */
  cpuPercent: 25,
};

/** Of the latency of a category's answers, at its mean or median, or in its tail. */
export function enoughAnswers(category: Category, inTail: boolean): Floor {
  const answered = (run: RunRecord) =>
    (run.load.window.latency[category]?.count ?? 0) + sumOf(unansweredThatCount(run, category));
  return (pairs) => {
    const [only, second] = pairs;
    const words =
      only && !second
        ? (fewAnswers(pairs, answered, inTail ? LEAST.answersInTail : LEAST.answers) ??
          fewBlocks(only, category))
        : inTail
          ? fewAnswers(pairs, answered, LEAST.answersInTail)
          : fewRequests(pairs, answered);
    return words === null ? null : { verdict: 'too-little', words, enough: enough(pairs, answered) };
  };

  /** Of the pairs that a command makes, not of a single one. */
  function enough(pairs: readonly Pair[], answered: (run: RunRecord) => number): Wanted | null {
    const fewest = Math.min(...pairs.flatMap(runsOf).map(({ run }) => answered(run)));
    return inTail ? longer(pairs, LEAST.answersInTail / fewest) : withRequests(pairs, LEAST.requests, fewest);
  }
}

function fewAnswers(
  pairs: readonly Pair[],
  answered: (run: RunRecord) => number,
  least: number,
): string | null {
  for (const [index, pair] of pairs.entries()) {
    const few = runsOf(pair).find(({ run }) => answered(run) < least);
    if (!few) continue;
    const of = pairs.length > 1 ? ` of pair ${numberOf(pair, index)}` : '';
    return `too few answers in the ${few.side}${of}: ${outOf(answered(few.run), least)}`;
  }
  return null;
}

/** A window that has fewer blocks itself gives no interval to anything, which is another thing to say. */
function fewBlocks(pair: Pair, category: Category): string | null {
  for (const { side, run } of runsOf(pair)) {
    const blocks = run.load.window.blocks.slice(0, blockCount(run));
    const unanswered = unansweredThatCount(run, category);
    const filled = blocks.filter(
      (block, i) => (block[category]?.count ?? 0) + (unanswered[i] ?? 0) > 0,
    ).length;
    if (blocks.length >= LEAST_BLOCKS && filled < LEAST_BLOCKS)
      return `too few time blocks with answers in the ${side}: ${outOf(filled, LEAST_BLOCKS)}`;
  }
  return null;
}

/** Runs that replay the same trace answer the same requests: more of them are none more. */
function fewRequests(pairs: readonly Pair[], answered: (run: RunRecord) => number): string | null {
  const byTrace = new Map<string, number>();
  for (const { run } of pairs.flatMap(runsOf)) {
    const { seed, traceSha256 } = run.plan.workload;
    const trace = `${seed} ${traceSha256}`;
    byTrace.set(trace, Math.min(byTrace.get(trace) ?? Number.POSITIVE_INFINITY, answered(run)));
  }
  const requests = sumOf(byTrace.values());
  return requests >= LEAST.requests ? null : `too few different requests: ${outOf(requests, LEAST.requests)}`;
}

/** Of CPU: the primary of each baseline was busy enough. Where it had no budget, of one core. */
export const busyEnough: Floor = (pairs) => {
  const used = sideOf(pairs, 'baseline').flatMap((run) => {
    const node = nodeOf(run, 'primary');
    const budgeted = node?.budget.cpus != null;
    const share = node && (budgeted ? shareOf : coresOf)(node, run);
    return share == null ? [] : [{ percent: share * 100, of: budgeted ? 'the budget' : 'one core' }];
  });
  const idle = used.sort((a, b) => a.percent - b.percent).find(({ percent }) => percent < LEAST.cpuPercent);
  if (!idle) return null;
  const { percent, of } = idle;
  return {
    verdict: 'too-idle',
    words: `the primary was too idle: it used ${formatPercent(percent)} of ${of}, at least ${formatPercent(LEAST.cpuPercent)} is needed`,
    enough: atLoad(pairs, { used: percent / 100, aim: (2 * LEAST.cpuPercent) / 100 }),
  };
};

/** Of the lag: enough commits were followed in each split. */
export const enoughCommits: Floor = (pairs) => {
  const least = Math.min(...sideOf(pairs, 'split').map(({ lag }) => lag?.commitToVisible.count ?? 0));
  if (least >= LEAST.commits) return null;
  return {
    verdict: 'too-little',
    words: `too few commits followed to a replica: ${outOf(least, LEAST.commits)}`,
    enough: longer(pairs, LEAST.commits / least),
  };
};

function outOf(count: number, least: number): string {
  return `${formatCount(count)} of at least ${formatCount(least)}`;
}
