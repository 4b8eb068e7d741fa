import { isTrials } from '../record/index.js';
import { type ReportInput, writeReport } from '../report/index.js';
import { exitCodeOf, type Pair, type Scorecard, score, scoreTrials, whySetAside } from '../score/index.js';
import { compareAnswers } from './compare-answers.js';
import { configuredTargets } from './configured-targets.js';
import { findPair } from './find-pair.js';
import { findTrials } from './find-trials.js';
import type { Found, StoredPair, Wanted } from './found.js';

/** A comparison, scored and written. */
export interface Compared {
  /** What its report was made from, for other formats of it. */
  report: ReportInput;
  /** Path of the page. */
  html: string;
  exitCode: ReturnType<typeof exitCodeOf>;
}

/**
 * Compares two runs, or all complete pairs of trials: finds their records, scores them and writes the report.
 * @throws BenchError where runs can't be found or read, or did not do the same work
 */
export async function compare(wanted: Wanted): Promise<Compared> {
  const { baseline } = wanted;
  const found =
    baseline !== undefined && isTrials(baseline)
      ? await findTrials({ ...wanted, baseline })
      : await findPair(wanted);
  const scorecard = await scored(found);
  const { pairs, control, outDir } = found;
  const shown = pairs.find(({ number }) => number === scorecard.trials?.shown) ?? pairs[0]!;
  const { written, report } = await writeReport({
    pair: recordsOf(shown),
    scorecard,
    control: control?.record,
    files: {
      ...filesOf(shown),
      control: control?.file,
      ...(found.trials && { pairs: pairs.map(filesOf) }),
    },
    outDir,
    formats: ['html', 'json'],
  });
  return { report, html: written.html, exitCode: exitCodeOf(scorecard) };
}

async function scored({ pairs, trials, control }: Found): Promise<Scorecard> {
  const options = { targets: await configuredTargets(), control: control?.record };
  if (trials === null) {
    const [{ baseline, split }] = pairs as [StoredPair];
    const divergence = await compareAnswers(baseline, split);
    return score([recordsOf({ baseline, split })], { ...options, divergence });
  }
  const each = pairs.map(({ number, ...runs }) => {
    const pair = { ...recordsOf(runs), number };
    const { order, runs: paths } = trials.pairs[number - 1]!;
    return {
      number,
      first: order[0],
      // Both are there: only complete pairs are found.
      runs: paths as Record<keyof typeof paths, string>,
      pair,
      setAside: whySetAside(pair),
    };
  });
  return scoreTrials(each, trials, options);
}

function recordsOf({ baseline, split }: Omit<StoredPair, 'number'>): Pair {
  return { baseline: baseline.record, split: split.record };
}

function filesOf({ baseline, split }: StoredPair): { baseline: string; split: string } {
  return { baseline: baseline.file, split: split.file };
}
