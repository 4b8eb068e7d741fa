import { BenchError } from '../machine/pure.js';
import { newestRun, readRun } from '../record/index.js';
import { type Side, type StoredRun, samePlan } from '../record/pure.js';

/** Finds the runs that are to be compared: those that are named, else the newest. */

/** The control that a baseline is compared with: the one that is named, else the newest of its plan, if there is any. */
export async function controlFor(
  baseline: StoredRun,
  request: { control?: string; out?: string; runs?: string },
): Promise<StoredRun | null> {
  const control =
    request.control === undefined
      ? await newestControl(baseline.record.planHash, request)
      : await pick('control', request.control, request);
  if (control) refuseOtherWork(baseline, control);
  return control;
}

/** @throws BenchError PLANS_DIFFER naming what differs */
export function refuseOtherWork(baseline: StoredRun, other: StoredRun): void {
  const differences = samePlan(baseline.record.plan, other.record.plan);
  if (differences.length === 0) return;
  throw new BenchError(
    'PLANS_DIFFER',
    `These runs did not do the same work: ${differences.join('; ')}. Run the ${other.record.side} again with --plan ${baseline.file}.`,
  );
}

/** Where runs are looked for, first the likeliest. */
function foldersOf({ out, runs }: { out?: string; runs?: string }): string[] {
  return runs !== undefined ? [runs] : [...(out === undefined ? [] : [out]), 'reports'];
}

async function newestControl(
  planHash: string,
  where: { out?: string; runs?: string },
): Promise<StoredRun | null> {
  for (const folder of foldersOf(where)) {
    const run = await newestRun(folder, 'control', planHash);
    if (run) return run;
  }
  return null;
}

/**
 * The split that a baseline is compared with: the one that is named, which may be another baseline (A/A), else the newest.
 * @throws BenchError SAME_RUN, or as `pick`
 */
export async function pickSplit(
  baseline: StoredRun,
  given: string | undefined,
  where: { out?: string; runs?: string },
): Promise<StoredRun> {
  const split = await pick('split', given, where, 'baseline');
  if (split.record.id === baseline.record.id) {
    throw new BenchError(
      'SAME_RUN',
      `${split.file} would be compared with itself: name a split, or another baseline of the same plan.`,
    );
  }
  return split;
}

/**
 * The run that is named, else the newest of its side.
 * @param orNamed a side that one which is named may have, too
 * @throws BenchError WRONG_SIDE, NO_RUN, or what readRun throws
 */
export async function pick(
  side: Side,
  given: string | undefined,
  { out, runs }: { out?: string; runs?: string },
  orNamed: Side = side,
): Promise<StoredRun> {
  if (given !== undefined) {
    const run = await readRun(given);
    if (![side, orNamed].includes(run.record.side)) {
      throw new BenchError(
        'WRONG_SIDE',
        `${run.file} is a ${run.record.side} run, but a ${side} run is wanted there: bench compare BASELINE SPLIT --control CONTROL.`,
      );
    }
    return run;
  }
  const folders = foldersOf({ out, runs });
  for (const folder of folders) {
    const run = await newestRun(folder, side);
    if (run) return run;
  }
  throw new BenchError(
    'NO_RUN',
    `There is no ${side} run in ${folders.join(' or ')}: make one with "bench run ${side}", or name its run.json.`,
  );
}
