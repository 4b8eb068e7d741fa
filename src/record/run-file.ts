import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../machine/index.js';
import { ANSWERS_FILE, type Answers } from './answers.js';
import { writeAnswers } from './answers-file.js';
import { inNewFolder } from './new-folder.js';
import { planSchema, readPlanned } from './plan-file.js';
import { RUN_SCHEMA, type RunRecord, type StoredRun } from './run.js';
import { ROLES, SIDES, type Side } from './words.js';

/** Run records on disk: `<folder>/<run id>/run.json`. */
const RUN_FILE = 'run.json';

/** `2026-11-25T09-30-12-baseline`: sorts by time, fits every file system. */
export function newRunId(side: string, now: Date): string {
  return `${now.toISOString().slice(0, 19).replaceAll(':', '-')}-${side}`;
}

/**
 * Stores what was measured in a new folder, whole or not at all: no record that is there is written over. Where its id was
 * taken meanwhile, the record gets another.
 * @param answers what its reads were answered, if that was asked for: a file beside it
 */
export async function storeRun(
  folder: string,
  measured: RunRecord,
  answers: Answers | null,
): Promise<StoredRun> {
  return inNewFolder(folder, measured.id, async (own, id) => {
    const record = { ...measured, id };
    if (answers) record.answers = await writeAnswers(join(own, ANSWERS_FILE), answers);
    return { record, file: await writeRun(folder, record) };
  });
}

/** Writes a record into the folder of its id, and returns its path. */
export async function writeRun(folder: string, record: RunRecord): Promise<string> {
  const file = join(folder, record.id, RUN_FILE);
  await writeWhole(file, `${JSON.stringify(record)}\n`);
  return file;
}

const accountingSchema = z.looseObject({
  captured: z.number(),
  ok: z.number(),
  failed: z.number(),
  skipped: z.number(),
  notSent: z.number(),
});

const histogramSchema = z.looseObject({ count: z.number(), sumUs: z.number(), hdr: z.string() });

/** What compare reads of a record; the rest is checked where it is used. */
const runSchema = z.looseObject({
  schema: z.literal(RUN_SCHEMA),
  id: z.string(),
  side: z.enum(SIDES),
  startedAt: z.string(),
  plan: planSchema,
  planHash: z.string(),
  window: z.looseObject({ seconds: z.number().positive(), blockSeconds: z.number() }),
  accounting: accountingSchema.extend({ byCategory: z.record(z.string(), accountingSchema) }),
  load: z.looseObject({
    window: z.looseObject({
      accounting: accountingSchema,
      latency: z.record(z.string(), histogramSchema),
      lateness: histogramSchema,
      late: z.record(z.string(), histogramSchema),
      failedByBlock: z.array(z.record(z.string(), z.number())),
      operations: z.record(z.string(), z.string()),
    }),
    timeoutMs: z.number(),
    errors: z.array(z.looseObject({ code: z.string(), count: z.number() })),
    missingErrors: z.array(z.looseObject({ code: z.string(), count: z.number() })).optional(),
  }),
  heldUp: z.looseObject({ longestMs: z.number(), atMs: z.number() }),
  nodes: z
    .array(
      z.looseObject({
        name: z.string(),
        role: z.enum(ROLES),
        cpuSeconds: z.number().nullable(),
        utilisation: z.number().nullable(),
      }),
    )
    .min(1),
  lag: z.looseObject({ commitToVisible: z.looseObject({ count: z.number() }) }).nullable(),
  pools: z.array(z.looseObject({ node: z.string(), size: z.number() })),
  machine: z.looseObject({ benchCores: z.number().nullable() }),
  gauge: z.looseObject({ unitMs: z.number().nullable() }),
  volume: z.array(z.looseObject({ node: z.string(), statements: z.array(z.unknown()) })).min(1),
  consistency: z.array(z.looseObject({ mode: z.string() })),
  processes: z.looseObject({ generatorCores: z.number().nullable(), generatorBusy: z.number().nullable() }),
  router: z.looseObject({ requests: z.array(z.unknown()) }),
  warnings: z.array(z.string()),
});

/**
 * Reads a run record from its file or its folder.
 * @throws BenchError RUN_UNREADABLE, RUN_INVALID or PLAN_TAMPERED in one sentence
 */
export async function readRun(path: string): Promise<StoredRun> {
  const { file, content: record } = await readPlanned<RunRecord>(path, {
    code: 'RUN',
    schema: RUN_SCHEMA,
    shape: runSchema,
    title: 'run record',
    fileName: RUN_FILE,
    give: 'Give a run.json or its folder.',
    redo: 'run it again.',
  });
  return { file, record };
}

/**
 * The newest run of a side in a folder, or null. Folders that hold no readable record are passed over.
 * @param fits which of them will do; default: any
 */
export async function newestRun(
  folder: string,
  side: Side,
  fits: (record: RunRecord) => boolean = () => true,
): Promise<StoredRun | null> {
  const names = await readdir(folder).catch(() => [] as string[]);
  for (const name of names.sort().reverse()) {
    if (!name.includes(`-${side}`)) continue;
    const run = await readRun(join(folder, name)).catch(() => null);
    if (run?.record.side === side && fits(run.record)) return run;
  }
  return null;
}
