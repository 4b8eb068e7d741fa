import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { BenchError, messageOf } from '../machine/pure.js';
import type { Plan, Planned } from './plan.js';

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
