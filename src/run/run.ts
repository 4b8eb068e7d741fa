import { cleanRemains } from '../cluster/index.js';
import { makeFolder, removeLeftResults, tryWriting } from '../machine/index.js';
import { BenchError, wordsOf } from '../machine/pure.js';
import type { Errand, WorkSpec } from '../plan/index.js';
import { newRunId } from '../record/index.js';
import type { Side, StoredRun } from '../record/pure.js';
import { refuseAllFailed } from './all-failed.js';
import { measure } from './measure.js';
import { prepare } from './prepare.js';
import type { Following } from './progress.js';
import { type Settled, settle } from './settle.js';
import { storeOrKeep } from './store-or-keep.js';

/** A run to be made; its folder goes into `out`. */
export interface RunRequest extends Following, Errand {
  side: Side;
}

/**
 * One measured run, from a specification to a record on disk. Nothing is written unless the whole run was made.
 * @throws BenchError for bad input, for what the machine lacks, for a replay that only failed (exit code 4, its record is
 *   written) or that found no place in `out` (exit code 4, it is kept in the cache), and (exit code 130) if interrupted
 */
export async function runBench({ side, work, out, ...following }: RunRequest): Promise<StoredRun> {
  await checkWritable(out);
  await cleanRemains();
  const id = newRunId(side, new Date());
  const context = { id, ...following };
  await using prepared = await prepare(work, context, [side]);
  const settled = await settle(prepared, context);
  const asked = { side, keepAnswers: work.checkResults };
  const measured = await measure({ ...context, ...settled, ...asked, prepared });
  following.signal.throwIfAborted();
  const stored = await storeOrKeep(out, measured);
  refuseAllFailed(stored);
  return stored;
}

/**
 * The plan that runs of this work would follow, before anything is measured but, where it is to be found, the rate. A plan
 * that the work is from is checked against what this machine offers.
 * @param sides those that will be run, which the servers here have to have
 * @throws BenchError as runBench
 */
export async function makePlan(
  work: WorkSpec,
  following: Following,
  sides: readonly Side[] = [],
): Promise<Omit<Settled, 'traceFile'>> {
  await cleanRemains();
  const context = { id: newRunId('plan', new Date()), ...following };
  await using prepared = await prepare(work, context, sides);
  const settled = await settle(prepared, context);
  following.signal.throwIfAborted();
  return settled;
}

/** Found before the minutes of measuring, not after them; and there is the more room without what killed benches left. */
export async function checkWritable(folder: string): Promise<void> {
  try {
    makeFolder(folder);
    removeLeftResults(folder);
    await tryWriting(folder);
  } catch (cause) {
    const why = wordsOf(cause);
    throw new BenchError(
      'OUT_NOT_WRITABLE',
      `The folder ${folder} can't be written (${why}): choose another with --out.`,
      { cause },
    );
  }
}
