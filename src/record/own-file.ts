import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { BenchError, whyNotRead } from '../machine/pure.js';

/** One format of files that the bench writes, and the words for a file that is not of it. */
export interface Format<T> {
  code: 'PLAN' | 'RUN' | 'TRIALS' | 'COMPARISON';
  schema: string;
  shape: z.ZodType<T>;
  /** What a file of it is called. */
  title: string;
  /** What to do where no such file can be read. */
  give: string;
}

/** The letters as they are, or some of them escaped: only then is each key looked at, which takes its time. */
const MAY_HOLD_PROTO = /__proto__|\\u00/;

/** No key of ours, and what is set under it isn't found by those who look for keys. */
function refuseProto(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new Error('it has a key "__proto__"');
  return value;
}

/**
 * Reads a file of a format.
 * @throws BenchError CODE_UNREADABLE or CODE_INVALID in one sentence
 */
export async function readOwnFile<T>(
  file: string,
  { code, schema, shape, title, give }: Format<T>,
): Promise<T> {
  let json: unknown;
  try {
    const text = await readFile(file, 'utf8');
    json = JSON.parse(text, MAY_HOLD_PROTO.test(text) ? refuseProto : undefined);
  } catch (cause) {
    throw new BenchError(
      `${code}_UNREADABLE`,
      `Cannot read the ${title} ${file}: ${whyNotRead(cause)}. ${give}`,
      { cause },
    );
  }
  const { data, error } = shape.safeParse(json);
  if (data !== undefined) return data;
  const [{ path, message }] = error!.issues as [z.core.$ZodIssue];
  throw new BenchError(
    `${code}_INVALID`,
    `${file} holds no ${title} of this bench (${schema}): ${path.join('.') || 'its top level'}: ${message}.`,
  );
}
