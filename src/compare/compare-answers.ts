import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readAnswers, readRun } from '../record/index.js';
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

async function equalRun(baseline: StoredRun, split: StoredRun): Promise<StoredRun | null> {
  const folder = dirname(dirname(baseline.file));
  const names = (await readdir(folder)).filter((name) => name.includes('-baseline'));
  for (const name of names.sort().reverse()) {
    const run = await readRun(join(folder, name)).catch(() => null);
    if (!run?.record.answers || [baseline, split].some(({ record }) => record.id === run.record.id)) continue;
    if (run.record.side === 'baseline' && samePlan(baseline.record.plan, run.record.plan).length === 0)
      return run;
  }
  return null;
}
