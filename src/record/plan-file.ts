import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeWhole } from '../machine/index.js';
import { BenchError, messageOf } from '../machine/pure.js';
import { PLAN_SCHEMA, type Plan, type PlanFile } from './plan.js';
import { hashPlan } from './plan-hash.js';

const counts = z.record(z.string(), z.number());
const ruleSchema = z.looseObject({ target: z.enum(['primary', 'replica']) });

/** The shape of a plan, checked where one is read from a file. */
export const planSchema = z.looseObject({
  schema: z.literal(PLAN_SCHEMA),
  workload: z.looseObject({
    name: z.string(),
    kind: z.enum(['http', 'sql']),
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
    rateSource: z.enum(['given', 'found', 'trace']),
    targetUtilisation: z.number().nullable(),
    speed: z.number().positive(),
    warmupS: z.number().min(0),
    durationS: z.number().positive(),
  }),
  cluster: z.looseObject({
    kind: z.literal('embedded'),
    postgresVersion: z.string(),
    nodeCpus: z.number().positive(),
    cpuMethod: z.enum(['cgroup-v2', 'cgroup-v1', 'pinning', 'none']),
    settings: z.record(z.string(), z.string()),
    poolSize: z.number().int().positive(),
  }),
  policy: z.looseObject({ name: z.string(), categories: z.record(z.string(), ruleSchema) }),
  machine: z.looseObject({ platform: z.string(), arch: z.string(), cores: z.number() }),
});

/**
 * Reads a plan from what `bench plan` wrote, or from the record of a run or of trials that followed it.
 * @throws BenchError PLAN_INVALID or PLAN_TAMPERED in one sentence
 */
export async function readPlan(file: string): Promise<Plan> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new BenchError('PLAN_INVALID', `Cannot read the plan ${file}: ${messageOf(cause)}.`, { cause });
  }
  const { candidate, hash } = planAndHash(json);
  const parsed = planSchema.safeParse(candidate);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new BenchError(
      'PLAN_INVALID',
      `${file} is not a plan of this bench (${PLAN_SCHEMA}): ${issue.path.join('.') || 'its top level'}: ${issue.message}.`,
    );
  }
  const plan = parsed.data as unknown as Plan;
  if (hashPlan(plan) !== hash) {
    throw new BenchError(
      'PLAN_TAMPERED',
      `${file}: the plan was changed after it was written (it no longer has the hash that stands beside it): make a new one with "bench plan".`,
    );
  }
  return plan;
}

/** A plan file holds its hash among the plan's own fields; records hold the plan, and beside it the hash. */
function planAndHash(json: unknown): { candidate: unknown; hash: unknown } {
  if (json === null || typeof json !== 'object') return { candidate: json, hash: undefined };
  if ('plan' in json) return { candidate: json.plan, hash: (json as { planHash?: unknown }).planHash };
  const { hash, ...candidate } = json as { hash?: unknown };
  return { candidate, hash };
}

/**
 * Writes a plan with its hash beside it, by which readPlan sees whether it was changed.
 * @returns the hash
 */
export async function writePlan(file: string, plan: Plan): Promise<string> {
  const content: PlanFile = { ...plan, hash: hashPlan(plan) };
  await writeWhole(file, `${JSON.stringify(content, null, 2)}\n`);
  return content.hash;
}
