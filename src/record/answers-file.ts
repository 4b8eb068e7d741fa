import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { leadsInto, writeWhole } from '../machine/index.js';
import { BenchError, messageOf } from '../machine/pure.js';
import { ANSWERS_FILE, ANSWERS_SCHEMA, type Answers } from './answers.js';
import type { AnswersReference, RunRecord } from './run.js';

/** Writes the file whole or not at all, and returns what the run's record says of it. */
export async function writeAnswers(file: string, { header, reads }: Answers): Promise<AnswersReference> {
  const lines = [header, ...reads].map((line) => `${JSON.stringify(line)}\n`);
  const bytes = await promisify(gzip)(lines.join(''));
  await writeWhole(file, bytes);
  return { file: ANSWERS_FILE, sha256: sha256(bytes), reads: reads.length };
}

/**
 * The answers of a run, or null if it was made without them.
 * @param runFile path of its run.json
 * @throws BenchError ANSWERS_UNREADABLE if the file that the record names is gone or another
 */
export async function readAnswers(runFile: string, { answers }: RunRecord): Promise<Answers | null> {
  if (!answers) return null;
  const file = join(dirname(runFile), answers.file);
  const refuse = (why: string, cause?: unknown) =>
    new BenchError(
      'ANSWERS_UNREADABLE',
      `Cannot read the answers ${file} that ${runFile} names: ${why}. Run it again with --check-results.`,
      { cause },
    );
  if (!(await leadsInto(dirname(runFile), answers.file))) throw refuse("it leads out of the run's folder");
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw refuse(messageOf(cause), cause);
  }
  if (sha256(bytes) !== answers.sha256) throw refuse('it was changed after the run');
  const [header, ...reads] = (await promisify(gunzip)(bytes))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  if (header.schema !== ANSWERS_SCHEMA)
    throw refuse(`its version is "${header.schema}", not "${ANSWERS_SCHEMA}"`);
  return { header, reads };
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
