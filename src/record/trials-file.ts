import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { leadsInto, writeWhole } from '../machine/index.js';
import { BenchError } from '../machine/pure.js';
import { hashPlan, planSchema, readPlanned } from './plan-file.js';
import type { RunRecord } from './run.js';
import { rateSearchSchema } from './run-schema.js';
import {
  MOST_PAIRS,
  type StoredTrials,
  TRIALS_FILE,
  TRIALS_SCHEMA,
  type Trials,
  trafficSeedOf,
} from './trials.js';
import { PAIR_SIDES, SIDES } from './words.js';

export const trialsSchema: z.ZodType<Trials> = z.looseObject({
  schema: z.literal(TRIALS_SCHEMA),
  id: z.string(),
  benchVersion: z.string(),
  startedAt: z.string(),
  rateSearch: rateSearchSchema.nullable(),
  plan: planSchema,
  planHash: z.string(),
  aa: z.boolean(),
  control: z.boolean(),
  seeds: z.boolean(),
  orderSeed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1),
  planned: z.int().min(1).max(MOST_PAIRS),
  pairs: z
    .array(
      z.looseObject({
        order: z
          .array(z.enum(SIDES))
          .refine((order) => new Set(order).size === order.length, 'names one side twice')
          .refine((order) => PAIR_SIDES.every((side) => order.includes(side)), 'leaves a side out'),
        runs: z.looseObject({
          baseline: z.string().nullable(),
          split: z.string().nullable(),
          control: z.string().nullable().optional(),
        }),
      }),
    )
    .min(1)
    .max(2 * MOST_PAIRS),
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
 * Reads trials from their folder or the trials.json in it. The runs that they name are all in that folder.
 * @throws BenchError TRIALS_UNREADABLE, TRIALS_INVALID or PLAN_TAMPERED in one sentence
 */
export async function readTrials(path: string): Promise<StoredTrials> {
  const { file, content: trials } = await readPlanned(path, {
    code: 'TRIALS',
    schema: TRIALS_SCHEMA,
    shape: trialsSchema,
    title: 'trials',
    fileName: TRIALS_FILE,
    give: 'Give the folder that "bench trials" made.',
    redo: 'begin new ones.',
  });
  const folder = dirname(file);
  for (const path of trials.pairs.flatMap(({ runs }) => SIDES.map((side) => runs[side] ?? null))) {
    if (path === null || (await leadsInto(folder, path))) continue;
    throw new BenchError(
      'TRIALS_INVALID',
      `${file} names the run ${path}, which leads out of its folder: put the run itself in there, or begin new trials.`,
    );
  }
  return { folder, trials };
}

/** Whether a run followed the plan of its trials, with the traffic of its pair (from 1). */
export function followsTrials(
  { plan, planHash }: Pick<RunRecord, 'plan' | 'planHash'>,
  trials: Pick<Trials, 'plan' | 'planHash' | 'seeds'>,
  pair: number,
): boolean {
  const seed = trafficSeedOf(trials, pair);
  if (seed === undefined) return planHash === trials.planHash;
  const { trafficSeed, traceSha256, events, sessions, eventsByCategory } = trials.plan.workload;
  const common = { trafficSeed, traceSha256, events, sessions, eventsByCategory };
  return (
    plan.workload.trafficSeed === seed &&
    hashPlan({ ...plan, workload: { ...plan.workload, ...common } }) === trials.planHash
  );
}
