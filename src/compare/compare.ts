import { dirname } from 'node:path';
import { BenchError } from '../machine/pure.js';
import { inNewFolder, isTrials, newestRun, newRunId, readAnswers, resumeCommand } from '../record/index.js';
import { type PairSide, samePlan } from '../record/pure.js';
import {
  DEFAULT_FORMATS,
  type Format,
  type RecordPaths,
  type ReportInput,
  requirePictures,
  writePngs,
  writeReport,
} from '../report/index.js';
import {
  type Divergence,
  divergenceOf,
  exitCodeOf,
  type Failure,
  type Scorecard,
  score,
  scoreTrials,
  since,
  whySetAside,
} from '../score/index.js';
import { measureAgain } from './again.js';
import { type ConfiguredTargets, configuredTargets } from './configured-targets.js';
import { readComparison, readEarlier } from './earlier.js';
import { findEqualTrials } from './find-equal-trials.js';
import { type Found, findPair, recordsOf, type StoredPair, type Wanted } from './find-pair.js';
import { findTrials } from './find-trials.js';

/** A comparison, scored and written. */
export interface Compared {
  /** What its report was made from, for other formats of it. */
  report: ReportInput;
  /** Path of the page, and of each other format. */
  written: Partial<Record<Format, string>>;
  /** Paths of the charts' pictures, where they were asked for. */
  pngs: string[];
  exitCode: ReturnType<typeof exitCodeOf>;
  /** What the user should hear besides, in sentences. */
  notes: string[];
}

export interface Outputs {
  /** What is written. Default: the page and the scorecard. */
  formats?: readonly Format[] | undefined;
  /** What closes the gate. Default: all of it. */
  failOn?: readonly Failure[] | undefined;
  /** A folder for the charts as PNG files. Default: they are in the page alone. */
  png?: string | undefined;
  /** An earlier compare.json: whether the split got worse since then. */
  against?: string | undefined;
}

/**
 * Compares two runs, or all complete pairs of trials: finds their records, scores them and writes the report.
 * @throws BenchError where runs can't be found or read, or did not do the same work
 */
export async function compare(
  wanted: Wanted,
  { formats = DEFAULT_FORMATS, failOn, against, png }: Outputs = {},
): Promise<Compared> {
  await refuseOutputs({ failOn, against, png });
  const { baseline } = wanted;
  const found =
    baseline !== undefined && isTrials(baseline)
      ? await findTrials({ ...wanted, baseline })
      : await findPair(wanted);
  const { targets, notes } = await configuredTargets();
  const earlier =
    against === undefined ? null : await readEarlier(against, found.pairs[0]!.split.record.plan);
  const scored = await scorecardOf(found, targets, baseline);
  const scorecard = earlier ? { ...scored, since: since(earlier, scored) } : scored;
  const { pairs, control, outDir } = found;
  const shown = pairs.find(({ number }) => number === scorecard.trials?.shown) ?? pairs[0]!;
  const alone = shown.control ?? control;
  const write = (outDir: string) =>
    writeReport({
      pair: recordsOf(shown),
      scorecard,
      control: alone?.record,
      files: {
        ...filesOf(shown),
        control: alone?.file,
        ...(found.trials && { pairs: pairs.map(filesOf) }),
      },
      outDir,
      formats,
      failOn,
    });
  const { written, report } = await (outDir === null
    ? inNewFolder(wanted.runs ?? 'reports', newRunId('compare', new Date()), write)
    : write(outDir));
  const pngs = png === undefined ? [] : await writePngs(report, png);
  return { report, written, pngs, exitCode: exitCodeOf(scorecard, failOn), notes };
}

/**
 * Refuses what can't be told, before anything is measured for it.
 * @throws BenchError OPTION_CONFLICT where a gate has nothing to go by, or what readComparison and requirePictures throw
 */
export async function refuseOutputs({ failOn, against, png }: Outputs): Promise<void> {
  if (against === undefined && failOn?.includes('worse'))
    throw new BenchError(
      'OPTION_CONFLICT',
      '--fail-on worse needs an earlier comparison: name one with --against compare.json.',
    );
  if (against !== undefined) await readComparison(against);
  if (png !== undefined) requirePictures();
}

/** @param folder of the trials, where they are some */
async function scorecardOf(
  { pairs, trials, control }: Found,
  targets: ConfiguredTargets['targets'],
  folder = '',
): Promise<Scorecard> {
  const again = measureAgain(pairs[0]!.split, trials);
  const options = { targets, control: control?.record, again };
  if (trials === null) {
    const divergence = await compareAnswers(pairs[0]!);
    const equal = await findEqualTrials(pairs[0]!);
    return score(pairs.map(recordsOf), { ...options, divergence, equal });
  }
  const each = pairs.map((stored) => {
    const { number } = stored;
    const { order, runs } = trials.pairs[number - 1]!;
    const pair = recordsOf(stored);
    // Both paths are there: only complete pairs are found.
    const paths = runs as Record<PairSide, string> & { control?: string };
    return { number, first: order[0]!, runs: paths, pair, setAside: whySetAside(pair) };
  });
  const telling = pairs.filter((_, index) => each[index]!.setAside === null);
  const [first] = telling.length > 0 ? telling : pairs;
  // Trials of equal runs are not judged by themselves.
  const equal = trials.aa ? null : await findEqualTrials(first!);
  const resume = resumeCommand({ folder, trials });
  return scoreTrials(each, trials, { ...options, equal, resume });
}

/**
 * Where the answers of two runs differ; null unless both were made with --check-results. Another baseline of the same
 * plan beside the first, if it has answers too, gives what concurrency alone brings.
 * @throws BenchError ANSWERS_UNREADABLE
 */
async function compareAnswers({ baseline, split }: StoredPair): Promise<Divergence | null> {
  const before = await readAnswers(baseline.file, baseline.record);
  const after = await readAnswers(split.file, split.record);
  if (!before || !after) return null;
  const equal = await newestRun(
    dirname(dirname(baseline.file)),
    'baseline',
    ({ answers, id, plan }) =>
      answers !== undefined &&
      ![baseline.record.id, split.record.id].includes(id) &&
      samePlan(baseline.record.plan, plan).length === 0,
  );
  // A yardstick: where it can't be read, the comparison stands without it.
  const answers = equal && (await readAnswers(equal.file, equal.record).catch(() => null));
  return divergenceOf(before, after, answers ? { id: equal.record.id, answers } : null);
}

function filesOf({ baseline, split, control }: StoredPair): Omit<RecordPaths, 'pairs'> {
  return { baseline: baseline.file, split: split.file, control: control?.file };
}
