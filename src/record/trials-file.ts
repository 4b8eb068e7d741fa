import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../machine/index.js';
import { BenchError, messageOf } from '../machine/pure.js';
import { planSchema } from './plan-file.js';
import { hashPlan } from './plan-hash.js';
import { type StoredTrials, TRIALS_FILE, TRIALS_SCHEMA, type Trials } from './trials.js';

const side = z.enum(['baseline', 'split']);
const trialsSchema = z.looseObject({
  schema: z.literal(TRIALS_SCHEMA),
  id: z.string(),
  benchVersion: z.string(),
  plan: planSchema,
  planHash: z.string(),
  aa: z.boolean(),
  orderSeed: z.number(),
  planned: z.number().optional(),
  pairs: z
    .array(
      z.looseObject({
        order: z.tuple([side, side]).refine(([first, second]) => first !== second, 'names one side twice'),
        runs: z.looseObject({ baseline: z.string().nullable(), split: z.string().nullable() }),
      }),
    )
    .min(1),
});

/** Whether a path is that of trials: their folder, or the trials.json in it. */
export function isTrials(path: string): boolean {
  return basename(path) === TRIALS_FILE || existsSync(join(path, TRIALS_FILE));
}

/** Whole or not at all: a bench that is killed at any moment leaves trials that can be gone on with. */
export async function writeTrials({ folder, trials }: StoredTrials): Promise<void> {
  await writeWhole(join(folder, TRIALS_FILE), `${JSON.stringify(trials, null, 2)}\n`);
}

/**
 * Reads trials from their folder or the trials.json in it.
 * @throws BenchError TRIALS_UNREADABLE, TRIALS_INVALID or PLAN_TAMPERED in one sentence
 */
export async function readTrials(path: string): Promise<StoredTrials> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
  const file = isFolder ? join(path, TRIALS_FILE) : path;
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? 'it is not JSON' : messageOf(cause);
    throw new BenchError(
      'TRIALS_UNREADABLE',
      `Cannot read the trials ${file}: ${why}. Give the folder that "bench trials" made.`,
      { cause },
    );
  }
  const parsed = trialsSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new BenchError(
      'TRIALS_INVALID',
      `${file} does not hold trials of this bench (${TRIALS_SCHEMA}): ${issue.path.join('.') || 'its top level'}: ${issue.message}.`,
    );
  }
  const trials = { planned: parsed.data.pairs.length, ...parsed.data } as unknown as Trials;
  if (hashPlan(trials.plan) !== trials.planHash) {
    throw new BenchError(
      'PLAN_TAMPERED',
      `${file}: the plan in it was changed after the trials began (it no longer has the hash that they name); begin new ones.`,
    );
  }
  return { folder: dirname(file), trials };
}
