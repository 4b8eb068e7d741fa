import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../machine/index.js';
import { BenchError, messageOf } from '../machine/pure.js';
import { LONGEST_RUN_S, PLAN_SCHEMA, type Plan, type Planned } from './plan.js';
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
    trafficSeed: z.number().optional(),
    scale: z.number().nullable(),
    traceFile: z.string().nullable(),
    traceSha256: z.string().regex(/^[0-9a-f]{64}$/),
    events: z.number(),
    sessions: z.number(),
    eventsByCategory: counts,
    parameterTypesSha256: z.string().optional(),
    snapshot: z
      .looseObject({
        path: z.string(),
        sha256: z.string(),
        database: z.string(),
        globals: z.looseObject({ path: z.string(), sha256: z.string() }).optional(),
      })
      .nullable(),
  }),
  load: z.looseObject({
    driver: z.string(),
    driverVersion: z.string(),
    ratePerSecond: z.number().positive().nullable(),
    targetUtilisation: z.number().nullable(),
    speed: z.number().positive(),
    shape: z
      .looseObject({
        skipIdleS: z.number().positive().optional(),
        readOnly: z.boolean().optional(),
        inferReadOnly: z.boolean().optional(),
      })
      .optional(),
    pooled: z.number().int().positive().optional(),
    warmupS: z.number().min(0),
    durationS: z.number().positive().max(LONGEST_RUN_S),
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

/** JSON with keys in order, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part) =>
    part === null || typeof part !== 'object' || Array.isArray(part)
      ? part
      : Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
}

/** SHA-256 of the plan's canonical JSON, in hex: what a run names as the plan it followed. */
export function hashPlan(plan: Plan): string {
  return createHash('sha256').update(canonicalJson(plan)).digest('hex');
}

/** One format of files that hold a plan, and the words for a file that does not hold it. */
interface Format {
  code: 'PLAN' | 'RUN' | 'TRIALS';
  schema: string;
  /** What the reader relies on; the rest is checked where it is used. */
  shape: z.ZodType;
  /** What a file of it is called, and its name where only its folder is given. */
  title: string;
  fileName: string;
  /** What to do where no such file can be read, and where its plan was changed. */
  give: string;
  redo: string;
}

/**
 * Reads a file of a format from its path or its folder.
 * @throws BenchError CODE_UNREADABLE, CODE_INVALID or PLAN_TAMPERED in one sentence
 */
export async function readPlanned<T extends Planned>(
  path: string,
  { code, schema, shape, title, fileName, give, redo }: Format,
): Promise<{ file: string; content: T }> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
  const file = isFolder ? join(path, fileName) : path;
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? 'it is not JSON' : messageOf(cause);
    throw new BenchError(`${code}_UNREADABLE`, `Cannot read the ${title} ${file}: ${why}. ${give}`, {
      cause,
    });
  }
  const { error } = shape.safeParse(json);
  if (error) {
    const [{ path: at, message }] = error.issues as [z.core.$ZodIssue];
    throw new BenchError(
      `${code}_INVALID`,
      `${file} holds no ${title} of this bench (${schema}): ${at.join('.') || 'its top level'}: ${message}.`,
    );
  }
  const content = json as T;
  if (hashPlan(content.plan) !== content.planHash) {
    throw new BenchError(
      'PLAN_TAMPERED',
      `${file}: the plan was changed after it was written (it no longer has the hash that stands beside it): ${redo}`,
    );
  }
  return { file, content };
}

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
