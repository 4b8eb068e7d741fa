import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../machine/index.js';
import { ANSWERS_FILE, type Answers } from './answers.js';
import { writeAnswers } from './answers-file.js';
import { inNewFolder } from './new-folder.js';
import { readPlanned } from './plan-file.js';
import { RUN_SCHEMA, type RunRecord, type StoredRun } from './run.js';
import { runSchema } from './run-schema.js';
import type { Side } from './words.js';

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

/**
 * Reads a run record from its file or its folder.
 * @throws BenchError RUN_UNREADABLE, RUN_INVALID or PLAN_TAMPERED in one sentence
 */
export async function readRun(path: string): Promise<StoredRun> {
  const { file, content: record } = await readPlanned(path, {
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
