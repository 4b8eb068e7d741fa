import { type WorkSpec, workFromPlan } from '../plan/index.js';
import type { StoredRun } from '../record/pure.js';
import { type Following, openWork, runBench } from '../run/index.js';
import { utilisationFault } from '../score/index.js';
import { type Compared, compare } from './compare.js';

/** Finding the rate, and starting and stopping servers, once each; and the first time, installing the data set. */
const OVERHEAD_S = 70;
const SET_UP_S = 120;
/** How often a baseline is made at most: the load of a shared machine wanders, and may spoil one. */
const ATTEMPTS = 3;

export interface DemoRequest extends Following {
  work: WorkSpec;
  /** Folder for the results. */
  out: string;
  onRun(run: StoredRun): void;
  /** Told why nothing could be compared with a baseline, before another is made. */
  onFault(fault: string): void;
}

/** About how long a demo takes, and how long the first one. */
export async function demoSeconds(work: WorkSpec): Promise<{ seconds: number; firstTime: number }> {
  const { warmupS, durationS } = await openWork(work);
  const seconds = 2 * (warmupS + durationS) + OVERHEAD_S;
  return { seconds, firstTime: seconds + SET_UP_S };
}

/**
 * Makes a baseline and a split that follows its plan, and compares them.
 * @throws BenchError as runBench and compare
 */
export async function demo({ onRun, onFault, ...request }: DemoRequest): Promise<Compared> {
  const baseline = await baselineToCompareWith({ onRun, onFault, ...request });
  const { checkResults } = request.work;
  const work = await workFromPlan(baseline.record.plan, { checkResults });
  const split = await runBench({ ...request, side: 'split', work });
  onRun(split);
  return compare({ baseline: baseline.file, split: split.file, runs: request.out });
}

/** A baseline that something can be compared with, unless the machine never allows one. */
async function baselineToCompareWith({ onRun, onFault, ...request }: DemoRequest): Promise<StoredRun> {
  for (let attempt = 1; ; attempt++) {
    const made = await runBench({ ...request, side: 'baseline' });
    onRun(made);
    const fault = utilisationFault(made.record);
    // A rate that was asked for stays.
    if (fault === null || made.record.rateSearch === null || attempt === ATTEMPTS) return made;
    onFault(fault);
  }
}
