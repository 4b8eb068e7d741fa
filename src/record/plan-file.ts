import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../machine/index.js';
import { BenchError } from '../machine/pure.js';
import { policySchema } from '../router/policy/policy.js';
import { aboveZero, amount, count, seconds } from './figures.js';
import { type Format, readOwnFile } from './own-file.js';
import { LONGEST_RUN_S, PLAN_SCHEMA, type Plan, type Planned } from './plan.js';
import { CATEGORIES, CPU_METHODS, PAIR_SIDES, ROLES, WORKLOAD_KINDS } from './words.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256');

const stepS = aboveZero;

const serverSchema = z.looseObject({
  url: z.string(),
  local: z.boolean().optional(),
  cpu: z
    .discriminatedUnion('from', [
      z.looseObject({ from: z.literal('kernel') }),
      z.looseObject({ from: z.literal('container'), name: z.string() }),
      z.looseObject({
        ...{ from: z.literal('prometheus'), url: z.string(), query: z.string(), stepS },
        gives: z.enum(['seconds', 'share']),
      }),
      z.looseObject({ from: z.literal('command'), command: z.string(), stepS }),
    ])
    .optional(),
});

/** The shape of a plan, checked where one is read from a file: all of it, as the compiler sees to. */
export const planSchema: z.ZodType<Plan> = z.looseObject({
  schema: z.literal(PLAN_SCHEMA),
  workload: z.looseObject({
    name: z.string(),
    kind: z.enum(WORKLOAD_KINDS),
    seed: count.nullable(),
    trafficSeed: count.optional(),
    scale: amount.nullable(),
    traceFile: z.string().nullable(),
    traceSha256: sha256,
    events: count,
    sessions: count,
    eventsByCategory: z.record(z.enum(CATEGORIES), count),
    parameterTypesSha256: z.string().optional(),
    application: z
      .looseObject({
        scenario: z.string(),
        targets: z.partialRecord(z.enum(PAIR_SIDES), z.string()),
      })
      .optional(),
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
    ratePerSecond: aboveZero.nullable(),
    executors: z.record(z.string(), z.string()).optional(),
    targetUtilisation: amount.nullable(),
    speed: aboveZero,
    shape: z
      .looseObject({
        skipIdleS: aboveZero.optional(),
        readOnly: z.boolean().optional(),
        inferReadOnly: z.boolean().optional(),
      })
      .optional(),
    pooled: z.int().positive().optional(),
    warmupS: seconds,
    durationS: aboveZero.max(LONGEST_RUN_S),
  }),
  topology: z.looseObject({
    kind: z.string(),
    postgresVersion: z.string(),
    nodes: z
      .array(
        z.looseObject({
          ...{ name: z.string(), role: z.enum(ROLES), cpus: aboveZero.nullable() },
          memoryBytes: aboveZero.optional(),
          reservedFor: z.literal('analytics').optional(),
          weight: aboveZero.optional(),
          settings: z.record(z.string(), z.string()).optional(),
          server: serverSchema.optional(),
        }),
      )
      .refine((nodes) => nodes.some(({ role }) => role === 'primary'), 'names no primary'),
    cpuMethod: z.enum(CPU_METHODS),
    settings: z.record(z.string(), z.string()),
    reset: z
      .union([z.literal('none'), z.literal('template'), z.looseObject({ command: z.string() })])
      .optional(),
    poolSize: z.int().positive(),
  }),
  policy: policySchema,
  machine: z.looseObject({
    platform: z.string(),
    arch: z.string(),
    cpuModel: z.string(),
    cores: amount,
    memoryBytes: amount,
    nodeVersion: z.string(),
  }),
});

/** The shape of what "bench plan" writes, and of what else holds a plan. */
export const plannedSchema: z.ZodType<Planned> = z.looseObject({ plan: planSchema, planHash: z.string() });

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

/** One format of files that hold a plan. */
interface PlannedFormat<T extends Planned> extends Format<T> {
  /** The name of a file where only its folder is given. */
  fileName: string;
  /** What to do where its plan was changed. */
  redo: string;
}

/**
 * Reads a file of a format from its path or its folder.
 * @throws BenchError as readOwnFile, or PLAN_TAMPERED in one sentence
 */
export async function readPlanned<T extends Planned>(
  path: string,
  { fileName, redo, ...format }: PlannedFormat<T>,
): Promise<{ file: string; content: T }> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
  const file = isFolder ? join(path, fileName) : path;
  const content = await readOwnFile(file, format);
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
    shape: plannedSchema,
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
