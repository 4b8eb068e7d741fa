import { z } from 'zod';
import { writeWhole } from '../machine/index.js';
import { PLAN_SCHEMA, type Plan, type Planned } from './plan.js';
import { hashPlan, readPlanned } from './planned-file.js';
import { CPU_METHODS, ROLES, WORKLOAD_KINDS } from './words.js';

const counts = z.record(z.string(), z.number());
const ruleSchema = z.looseObject({ target: z.enum(ROLES) });

/** The shape of a plan, checked where one is read from a file. */
export const planSchema = z.looseObject({
  schema: z.literal(PLAN_SCHEMA),
  workload: z.looseObject({
    name: z.string(),
    kind: z.enum(WORKLOAD_KINDS),
    seed: z.number().nullable(),
    scale: z.number().nullable(),
    traceFile: z.string().nullable(),
    traceSha256: z.string().regex(/^[0-9a-f]{64}$/),
    events: z.number(),
    sessions: z.number(),
    eventsByCategory: counts,
    snapshot: z.looseObject({ path: z.string(), sha256: z.string(), database: z.string() }).nullable(),
  }),
  load: z.looseObject({
    driver: z.string(),
    driverVersion: z.string(),
    ratePerSecond: z.number().positive().nullable(),
    targetUtilisation: z.number().nullable(),
    speed: z.number().positive(),
    warmupS: z.number().min(0),
    durationS: z.number().positive(),
  }),
  topology: z.looseObject({
    kind: z.string(),
    postgresVersion: z.string(),
    nodes: z
      .array(z.looseObject({ name: z.string(), role: z.enum(ROLES), cpus: z.number().positive().nullable() }))
      .refine((nodes) => nodes.some(({ role }) => role === 'primary'), 'names no primary'),
    cpuMethod: z.enum(CPU_METHODS),
    settings: z.record(z.string(), z.string()),
    poolSize: z.number().int().positive(),
  }),
  policy: z.looseObject({ name: z.string(), categories: z.record(z.string(), ruleSchema) }),
  machine: z.looseObject({ platform: z.string(), arch: z.string(), cores: z.number() }),
});

/**
 * Reads a plan from what `bench plan` wrote, or from the record of a run or of trials that followed it.
 * @throws BenchError PLAN_UNREADABLE, PLAN_INVALID or PLAN_TAMPERED in one sentence
 */
export async function readPlan(path: string): Promise<Plan> {
  const { content } = await readPlanned(path, {
    code: 'PLAN',
    schema: PLAN_SCHEMA,
    shape: z.looseObject({ plan: planSchema, planHash: z.string() }),
    title: 'plan',
    fileName: 'plan.json',
    give: 'Give what "bench plan" wrote, or the record of a run.',
    redo: 'make a new one with "bench plan".',
  });
  return content.plan;
}

/**
 * Writes a plan with its hash beside it, by which readPlan sees whether it was changed.
 * @returns the hash
 */
export async function writePlan(file: string, plan: Plan): Promise<string> {
  const content: Planned = { plan, planHash: hashPlan(plan) };
  await writeWhole(file, `${JSON.stringify(content, null, 2)}\n`);
  return content.planHash;
}
