import type { Goal, Pair, Scorecard, ScoreRow } from '../../../src/score/index.js';
import { score, whySetAside } from '../../../src/score/index.js';
import type { TargetId } from '../../../src/score/targets/index.js';
import { normals } from '../../score/statistics/simulated.js';
import { type QueueRun, queueRun, type Trace } from './queue-runs.js';
import { tally } from './tables.js';

/** The figures, of rows and costs, in which a scorecard finds that its sides differ. */
export function differing({ scorecard, regressions }: Scorecard): string[] {
  return [...scorecard, ...regressions]
    .filter(({ difference }) => difference === 'faster' || difference === 'slower')
    .map(({ id }) => id);
}

export const rowOf = ({ scorecard }: Scorecard, id: TargetId): ScoreRow =>
  scorecard.find((row) => row.id === id)!;

/** Whether the interval of a row holds the true value; null where it has none. */
export function holds({ interval }: ScoreRow, truth: number): boolean | null {
  return interval && interval.low <= truth && truth <= interval.high;
}

/** Verdicts on rows whose true values are known. */
export class Judged {
  readonly met = tally();
  readonly missed = tally();
  readonly held = tally();

  note(row: ScoreRow, truth: number): void {
    this.met.note(row.verdict === 'met');
    this.missed.note(row.verdict === 'missed');
    const held = holds(row, truth);
    if (held !== null) this.held.note(held);
  }
}

/** How runs of the queue differ from each other: the standard deviation of the logarithm of all of a run's costs. */
export interface Setup extends Pick<QueueRun, 'load' | 'useless' | 'planned' | 'drift'> {
  sd: number;
}

/** Pairs of the queue's runs: a split, or a second baseline. Each run's costs are drawn, and each pair has other noise. */
export function queuePairs(
  trace: Trace,
  setup: Setup,
  side: 'split' | 'baseline',
  pairs: number,
  seed: number,
): Pair[] {
  const normal = normals(seed);
  const run = (which: 'split' | 'baseline', index: number) =>
    queueRun(trace, {
      ...setup,
      side: which,
      factor: Math.exp(setup.sd * normal() - setup.sd ** 2 / 2),
      seed: seed * 10_000 + index,
    });
  return Array.from({ length: pairs }, (_, i) => ({
    baseline: run('baseline', 2 * i),
    split: run(side, 2 * i + 1),
  }));
}

/**
 * Pairs as trials keep them: those that are set aside are made again, as long as fewer are set aside than asked for.
 * @param make the next pair
 */
export function trialsOf(make: () => Pair, planned: number): { kept: Pair[]; aside: Pair[] } {
  const [kept, aside]: [Pair[], Pair[]] = [[], []];
  while (kept.length < planned && aside.length < planned) {
    const pair = make();
    (whySetAside(pair) === null ? kept : aside).push(pair);
  }
  return { kept, aside };
}

/** The mean of the logarithm of split ÷ baseline, as a figure measures it. */
export function meanLogRatio(pairs: readonly Pair[], of: (run: Pair['baseline']) => number | null): number {
  const logs = pairs.map(({ baseline, split }) => Math.log(of(split)! / of(baseline)!));
  return logs.reduce((sum, each) => sum + each, 0) / logs.length;
}

/** Scores pairs against targets that are the truth itself. */
export function scoreAt(pairs: readonly Pair[], targets: readonly Goal[]): Scorecard {
  return score(pairs, { targets });
}
