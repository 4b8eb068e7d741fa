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
  const seen = new Map<string, string>();
  for (const { number, baseline, split, control } of pairs) {
    for (const run of [baseline, split, control]) {
      if (!run) continue;
      const [id, where] = [run.record.id, `${run.file} (pair ${number})`];
      const first = seen.get(id);
      if (first !== undefined)
        throw new BenchError(
          'SAME_RUN',
          `${where} is the same run as ${first}: trials compare each run once.`,
        );
      seen.set(id, where);
    }
  }
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
