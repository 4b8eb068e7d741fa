import { dirname } from 'node:path';
import { cacheFolder } from '../machine/index.js';
import { BenchError, wordsOf } from '../machine/pure.js';
import { storeRun } from '../record/index.js';
import type { StoredRun } from '../record/pure.js';
import type { Measured } from './measure.js';

/**
 * Stores what was measured in the folder for results. Where that can't be written any more (its disk is full, or it went
 * away), the minutes of measuring are not lost: it is kept in the cache.
 * @throws BenchError OUT_LOST (exit code 4), which says where it is instead
 */
export async function storeOrKeep(out: string, { record, answers }: Measured): Promise<StoredRun> {
  try {
    return await storeRun(out, record, answers);
  } catch (cause) {
    const where = await keep({ record, answers });
    throw new BenchError(
      'OUT_LOST',
      `The run was measured, but ${out} can't be written any more (${wordsOf(cause)}): ${where}.`,
      { exitCode: 4, cause },
    );
  }
}

/** @returns where the run is, in words */
async function keep({ record, answers }: Measured): Promise<string> {
  try {
    const { file } = await storeRun(cacheFolder('kept'), record, answers);
    return `it is kept in ${dirname(file)}, from where "bench compare" can read it, or you can move it`;
  } catch (error) {
    return `it is lost, since the cache can't be written either (${wordsOf(error)}); name another place with --out and run it again`;
  }
}
