import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeWhole } from '../../machine/index.js';
import { BenchError } from '../../machine/pure.js';

export const TYPES_SCHEMA = 'splitbench.types/1';

const typesSchema = z.object({
  schema: z.literal(TYPES_SCHEMA),
  /** What the types were found for. */
  traceSha256: z.string(),
  /** Null: for what servers of the user's own hold. */
  snapshotSha256: z.string().nullable(),
  globalsSha256: z.string().nullable(),
  database: z.string(),
  /**
   * Shapes of statements (see `shapeOf`) whose parameters the server is told the types of, by their names; null: it
   * infers that one. It infers those of all other statements. They are those of one role's statements, or of the bench's own
   * for users that it plays; with a likeness, of those only whose values look so.
   */
  shapes: z.array(
    z.object({
      shape: z.string(),
      role: z.string(),
      likeness: z.array(z.string()).optional(),
      types: z.array(z.string().nullable()),
    }),
  ),
  /** Shapes for which no types were found: how many statements they have, one without its literals, the server's words. */
  untold: z.array(
    z.object({
      shape: z.string(),
      statements: z.number(),
      example: z.string(),
      code: z.string(),
      message: z.string(),
    }),
  ),
});

/** The types that the parameters of a trace's statements have in a database. */
export type ParameterTypes = z.infer<typeof typesSchema>;

/** What they belong to. */
export type TypesKey = Pick<ParameterTypes, 'traceSha256' | 'snapshotSha256' | 'globalsSha256' | 'database'>;

/** Beside the trace. */
export function typesFileOf(traceFile: string): string {
  return `${traceFile}.types.json`;
}

/**
 * The types in a file; null if there is none, or it belongs to something else.
 * @throws BenchError TYPES_INVALID if somebody has spoilt it
 */
export async function readTypes(file: string, key: TypesKey): Promise<ParameterTypes | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  const refuse = (why: string) =>
    new BenchError(
      'TYPES_INVALID',
      `${file} holds no types of parameters (${why}): correct it, or delete it to have the types found again.`,
    );
  let json: Partial<ParameterTypes> | null;
  try {
    json = JSON.parse(text);
  } catch {
    throw refuse('it is not JSON');
  }
  const isOfKey = (['traceSha256', 'snapshotSha256', 'globalsSha256', 'database'] as const).every(
    (name) => json?.[name] === key[name],
  );
  if (!isOfKey || json?.schema !== TYPES_SCHEMA) return null;
  const { data, error } = typesSchema.safeParse(json);
  if (data) return data;
  const [{ path, message }] = error.issues as [z.core.$ZodIssue];
  throw refuse(`${path.join('.')}: ${message}`);
}

export async function writeTypes(file: string, types: ParameterTypes): Promise<void> {
  await writeWhole(file, `${JSON.stringify(types, null, 2)}\n`);
}

/** By which a plan names them. */
export function hashTypes(types: ParameterTypes): string {
  return createHash('sha256').update(JSON.stringify(types)).digest('hex');
}
