import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanRemains } from '../cluster/index.js';
import { BenchError } from '../machine/pure.js';
import { type RunOptions, readPolicy } from '../plan/index.js';
import { hashPlan, newRunId, writeRun } from '../record/index.js';
import { ANSWERS_FILE, type Plan, type RateSearch, type RunRecord, type Side } from '../record/pure.js';
import { findRate } from './find-rate.js';
import { measure } from './measure.js';
import { type Prepared, prepare } from './prepare.js';
import type { OnProgress } from './progress.js';

export interface RunRequest {
  side: Side;
  options: RunOptions;
  /** Follow this plan; without one the run makes its own from the options. */
  plan?: Plan;
  /** Routing policy of the split (a shipped name, a file or a policy): replaces the plan's. */
  policy?: RunOptions['policy'];
  signal: AbortSignal;
  onProgress: OnProgress;
}

/**
 * One measured run, from options or a plan to a record on disk. Nothing is written unless the whole run was made.
 * @throws BenchError for bad input, for what the machine lacks, and (exit code 130) if interrupted
 */
export async function runBench(request: RunRequest): Promise<{ record: RunRecord; file: string }> {
  const { side, options, signal, onProgress } = request;
  await checkWritable(options.out);
  const policy = request.policy === undefined ? undefined : await readPolicy(request.policy);
  await cleanRemains();
  const id = await freeRunId(options.out, side);
  await using prepared = await prepare({ id, options, plan: request.plan, policy, signal, onProgress });
  const { plan, rateSearch } = await settle(prepared, { id, signal, onProgress });
  const record = await measure({
    id,
    side,
    plan,
    planHash: hashPlan(plan),
    rateSearch,
    prepared,
    answersFile: options.checkResults ? join(options.out, id, ANSWERS_FILE) : null,
    signal,
    onProgress,
  });
  signal.throwIfAborted();
  return { record, file: await writeRun(options.out, record) };
}

/**
 * The plan that runs with these options would follow, before anything is measured but, where it is to be found, the rate.
 * A given plan is checked against what this machine offers, and has its policy replaced.
 * @throws BenchError as runBench
 */
export async function makePlan(request: Omit<RunRequest, 'side'>): Promise<Settled> {
  const { options, signal, onProgress } = request;
  const policy = request.policy === undefined ? undefined : await readPolicy(request.policy);
  await cleanRemains();
  const id = newRunId('plan', new Date());
  await using prepared = await prepare({ id, options, plan: request.plan, policy, signal, onProgress });
  return await settle(prepared, { id, signal, onProgress });
}

interface Settled {
  plan: Plan;
  rateSearch: RateSearch | null;
}

async function settle(prepared: Prepared, about: Parameters<typeof findRate>[1]): Promise<Settled> {
  const rateSearch = prepared.rate === 'find' ? await findRate(prepared, about) : null;
  return { plan: await prepared.settle(rateSearch?.ratePerSecond ?? null), rateSearch };
}

/** Found before the minutes of measuring, not after them. */
export async function checkWritable(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, 2);
  } catch (cause) {
    throw new BenchError(
      'OUT_NOT_WRITABLE',
      `The folder ${folder} can't be written: choose another with --out.`,
      { cause },
    );
  }
}

/** An id that no folder has yet: two runs may begin in the same second. */
export async function freeRunId(folder: string, kind: string): Promise<string> {
  const id = newRunId(kind, new Date());
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? id : `${id}-${n}`;
    const taken = await access(join(folder, candidate)).then(
      () => true,
      () => false,
    );
    if (!taken) return candidate;
  }
}
