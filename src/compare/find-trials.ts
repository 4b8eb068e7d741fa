import { join } from 'node:path';
import { BenchError } from '../machine/pure.js';
import { followsTrials, readRun, readTrials, resumeCommand } from '../record/index.js';
import { type StoredRun, type StoredTrials, samePlan } from '../record/pure.js';
import { type Found, findControl, type StoredPair, type Wanted } from './find-pair.js';

/**
 * All complete pairs of trials. Their report is written into their folder, unless another is named, so that its links
 * hold wherever the folder is taken.
 * @throws BenchError NO_PAIR where none is complete, SAME_RUN, PLANS_DIFFER naming what differs, or what readTrials and readRun throw
 */
export async function findTrials(wanted: Wanted & { baseline: string }): Promise<Found> {
  if (wanted.split !== undefined) {
    throw new BenchError(
      'OPTION_CONFLICT',
      `${wanted.baseline} holds trials, which have both sides: name nothing else.`,
    );
  }
  const stored = await readTrials(wanted.baseline);
  const { folder, trials } = stored;
  const pairs = await completePairs(stored);
  refuseTheSame(pairs);
  const [first] = pairs;
  if (!first) {
    throw new BenchError(
      'NO_PAIR',
      `No pair of the trials in ${folder} has both its runs: go on with "${resumeCommand(stored)}".`,
    );
  }
  if (trials.control && wanted.control !== undefined) {
    throw new BenchError(
      'OPTION_CONFLICT',
      `The trials in ${folder} have a control in each pair: leave --control out.`,
    );
  }
  const control = trials.control
    ? null
    : await findControl(first.baseline, { control: wanted.control, out: folder });
  return { pairs, trials, control, outDir: wanted.out ?? folder };
}

/** Runs that stand in two places look as if they were alike, which they are by no chance. */
function refuseTheSame(pairs: readonly StoredPair[]): void {
  const runs = pairs.flatMap(({ number, baseline, split, control }) =>
    [baseline, split, control].flatMap((run) => (run ? [{ number, run }] : [])),
  );
  const again = runs.find(({ run }, i) => runs.findIndex((each) => each.run.record.id === run.record.id) < i);
  if (!again) return;
  const first = runs.find(({ run }) => run.record.id === again.run.record.id)!;
  throw new BenchError(
    'SAME_RUN',
    `${again.run.file} (pair ${again.number}) is the same run as ${first.run.file} (pair ${first.number}): trials compare each run once.`,
  );
}

/** The pairs that have all their runs. */
export async function completePairs(stored: StoredTrials): Promise<StoredPair[]> {
  const complete: StoredPair[] = [];
  for (const [index, { runs }] of stored.trials.pairs.entries()) {
    if (runs.baseline === null || runs.split === null) continue;
    const number = index + 1;
    complete.push({
      number,
      baseline: await runOf(stored, number, runs.baseline),
      split: await runOf(stored, number, runs.split),
      ...(runs.control && { control: await runOf(stored, number, runs.control) }),
    });
  }
  return complete;
}

async function runOf(stored: StoredTrials, pair: number, path: string): Promise<StoredRun> {
  const { folder, trials } = stored;
  const run = await readRun(join(folder, path));
  if (followsTrials(run.record, trials, pair)) return run;
  const differences = samePlan(trials.plan, run.record.plan, { otherTraffic: trials.seeds });
  throw new BenchError(
    'PLANS_DIFFER',
    `${run.file} did not follow the plan of its trials: ${differences.join('; ') || 'its policy is another'}. Take its folder away and go on with "${resumeCommand(stored)}".`,
  );
}
