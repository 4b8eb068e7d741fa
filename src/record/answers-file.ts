import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import { leadsInto, writeWhole } from '../machine/index.js';
import { BenchError, whyNotRead } from '../machine/pure.js';
import { ANSWERS_FILE, ANSWERS_SCHEMA, type Answers } from './answers.js';
import { count } from './figures.js';
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
    throw refuse(whyNotRead(cause), cause);
  }
  if (sha256(bytes) !== answers.sha256) throw refuse('it was changed after the run');
  let lines: unknown[];
  try {
    const text = (await promisify(gunzip)(bytes)).toString().trimEnd();
    lines = text.split('\n').map((line) => JSON.parse(line));
  } catch (cause) {
    throw refuse('it is not gzipped lines of JSON', cause);
  }
  const [header, ...reads] = lines;
  const { data, error } = answersSchema.safeParse({ header, reads });
  if (data) return data;
  const [{ path, message }] = error.issues as [z.core.$ZodIssue];
  throw refuse(`${path.join('.') || 'its reads'}: ${message}`);
}

const readSchema = z.looseObject({ event: count, statement: count, question: z.string() });

const answersSchema: z.ZodType<Answers> = z
  .object({
    header: z.looseObject({
      schema: z.literal(ANSWERS_SCHEMA),
      traceSha256: z.string(),
      reads: count,
      statements: z.array(
        z.looseObject({
          name: z.string(),
          evidence: z.enum(['certain', 'possible', 'none']),
          because: z.string(),
        }),
      ),
    }),
    reads: z.array(
      z.union([
        readSchema.extend({
          answer: z.looseObject({ rows: count, exact: z.string(), unordered: z.string() }),
        }),
        readSchema.extend({ end: z.enum(['failed', 'skipped']) }),
      ]),
    ),
  })
  .refine(
    ({ header, reads }) => reads.every(({ statement }) => statement < header.statements.length),
    'a read is of no statement',
  );

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
