import { dirname } from 'node:path';
import { newestRun, readAnswers } from '../record/index.js';
import { type StoredRun, samePlan } from '../record/pure.js';
import { type Divergence, divergenceOf } from '../score/index.js';

/**
 * Where the answers of two runs differ; null unless both were made with --check-results. Another baseline of the same
 * plan beside the first, if it has answers too, gives what concurrency alone brings.
 * @throws BenchError ANSWERS_UNREADABLE
 */
export async function compareAnswers(baseline: StoredRun, split: StoredRun): Promise<Divergence | null> {
  const before = await readAnswers(baseline.file, baseline.record);
  const after = await readAnswers(split.file, split.record);
  if (!before || !after) return null;
  const equal = await equalRun(baseline, split);
  // A yardstick: where it can't be read, the comparison stands without it.
  const answers = equal && (await readAnswers(equal.file, equal.record).catch(() => null));
  return divergenceOf(before, after, answers ? { id: equal.record.id, answers } : null);
}

function equalRun(baseline: StoredRun, split: StoredRun): Promise<StoredRun | null> {
  const compared = [baseline.record.id, split.record.id];
  return newestRun(
    dirname(dirname(baseline.file)),
    'baseline',
    ({ answers, id, plan }) =>
      answers !== undefined && !compared.includes(id) && samePlan(baseline.record.plan, plan).length === 0,
  );
}
