import { BenchError } from '../machine/pure.js';
import { followCommand, newestRun, readRun } from '../record/index.js';
import { type RunRecord, type Side, type StoredRun, samePlan, type Trials } from '../record/pure.js';
import type { Pair } from '../score/index.js';

/** What is to be compared; what is not named is the newest. */
export interface Wanted {
  /** A baseline, or trials (their folder or trials.json), which hold both sides. */
  baseline?: string;
  /** May be another baseline (A/A), if it is named. */
  split?: string;
  /** Default: the newest control of the baseline's plan, where there is one. */
  control?: string;
  /** Where the report is written. */
  out?: string;
  /** Where the newest runs are looked for. Default: `out` if it holds any, else reports. */
  runs?: string;
}

/** What was found of it: runs of the same work. */
export interface Found {
  /** At least one. */
  pairs: StoredPair[];
  /** The trials that the pairs are of; null for a single pair. */
  trials: Trials | null;
  control: StoredRun | null;
  /** Where the report is written; null: in a new folder beside the runs. */
  outDir: string | null;
}

export interface StoredPair {
  /** From 1, in the order of the trials. */
  number: number;
  baseline: StoredRun;
  split: StoredRun;
  /** Where the pair has a control of its own. */
  control?: StoredRun;
}

/** What a pair is scored by. */
export function recordsOf({ number, baseline, split, control }: StoredPair): Pair {
  return {
    ...{ number, baseline: baseline.record, split: split.record },
    ...(control && { control: control.record }),
  };
}

/**
 * A baseline, a split and their control: those that are named, else the newest.
 * @throws BenchError NO_RUN, WRONG_SIDE, SAME_RUN, PLANS_DIFFER naming what differs, or what readRun throws
 */
export async function findPair(wanted: Wanted): Promise<Found> {
  const baseline = await findRun('baseline', wanted);
  const split = await findRun('split', wanted, 'baseline');
  if (split.record.id === baseline.record.id) {
    throw new BenchError(
      'SAME_RUN',
      `${split.file} would be compared with itself: name a split, or another baseline of the same plan.`,
    );
  }
  refuseOtherWork(baseline, split);
  return {
    pairs: [{ number: 1, baseline, split }],
    trials: null,
    control: await findControl(baseline, wanted),
    outDir: wanted.out ?? null,
  };
}

/**
 * The control that a baseline is compared with: the one that is named, else the newest of its plan, if there is any.
 * @throws BenchError WRONG_SIDE, PLANS_DIFFER naming what differs, or what readRun throws
 */
export async function findControl(baseline: StoredRun, wanted: Wanted): Promise<StoredRun | null> {
  const control =
    wanted.control === undefined
      ? await newest('control', wanted, ({ planHash }) => planHash === baseline.record.planHash)
      : await findRun('control', wanted);
  if (control) refuseOtherWork(baseline, control);
  return control;
}

/**
 * The run that is named for a side, else the newest of it.
 * @param orNamed a side that one which is named may have, too
 */
async function findRun(side: Side, wanted: Wanted, orNamed = side): Promise<StoredRun> {
  const named = wanted[side];
  const run = named === undefined ? await newest(side, wanted) : await readNamed(side, named);
  if (!run) {
    throw new BenchError(
      'NO_RUN',
      `There is no ${side} run in ${foldersOf(wanted).join(' or ')}: make one with "bench run ${side}", or name its run.json.`,
    );
  }
  if (![side, orNamed].includes(run.record.side)) {
    throw new BenchError(
      'WRONG_SIDE',
      `${run.file} is a ${run.record.side} run, but a ${side} run is expected there: bench compare BASELINE SPLIT --control CONTROL.`,
    );
  }
  return run;
}

/** @throws BenchError what readRun throws; of a folder of runs, which of them could be meant */
async function readNamed(side: Side, path: string): Promise<StoredRun> {
  return readRun(path).catch(async (error) => {
    const inside = await newestRun(path, side);
    if (!inside) throw error;
    throw new BenchError(
      'NO_RUN',
      `${path} is a folder of runs: name one of them, such as ${inside.file}, or none for the newest.`,
    );
  });
}

async function newest(
  side: Side,
  wanted: Wanted,
  fits?: (record: RunRecord) => boolean,
): Promise<StoredRun | null> {
  for (const folder of foldersOf(wanted)) {
    const run = await newestRun(folder, side, fits);
    if (run) return run;
  }
  return null;
}

/** Where runs are looked for, first the likeliest. */
function foldersOf({ out, runs }: Wanted): string[] {
  return runs !== undefined ? [runs] : [...(out === undefined ? [] : [out]), 'reports'];
}

function refuseOtherWork(baseline: StoredRun, other: StoredRun): void {
  const differences = samePlan(baseline.record.plan, other.record.plan);
  if (differences.length === 0) return;
  const command = followCommand(`run ${other.record.side}`, {
    file: baseline.file,
    plan: baseline.record.plan,
  });
  throw new BenchError(
    'PLANS_DIFFER',
    `These runs did not do the same work: ${differences.join('; ')}. Run the ${other.record.side} again with "${command}".`,
  );
}
