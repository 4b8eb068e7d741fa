import { z } from 'zod';
import { BenchError } from '../machine/pure.js';
import { targetsSchema } from './targets.js';

/**
 * What a user can say about a run, by flag or in bench.config.ts. Durations are seconds here; `parseDuration` takes
 * them as a user writes them.
 */
const duration = z.union([z.number(), z.string()]).transform((value, context) => {
  const seconds = typeof value === 'number' ? value : parseDuration(value);
  if (seconds === null) {
    context.addIssue({ code: 'custom', message: 'is not a duration: write 60s, 2m or 500ms' });
    return z.NEVER;
  }
  return seconds;
});

/** Beyond it, what the search for a rate misses by is enough to overload the primary. */
const UTILISATION_RANGE = 'must be between 0.1 and 0.95';
const DEFAULT_UTILISATION = 0.9;

/** Numbers arrive as text from flags and as numbers from a config file. */
const number = z.preprocess(
  (v) => (typeof v === 'string' && v.trim() !== '' ? Number(v) : v),
  z.number('is not a number'),
);

const utilisation = number.pipe(z.number().min(0.1, UTILISATION_RANGE).max(0.95, UTILISATION_RANGE));

export const optionsSchema = z
  .strictObject({
    workload: z.string().min(1, 'is empty').default('smartmenu'),
    driver: z.enum(['auto', 'k6', 'player'], 'must be auto, k6 or player').default('auto'),
    rate: z
      .union(
        [
          z.literal('auto'),
          number.pipe(
            z
              .number()
              .positive('must be more than 0 requests per second')
              .max(20_000, 'must be at most 20000'),
          ),
        ],
        'must be auto or a number of requests per second above 0',
      )
      .default('auto'),
    utilisation: utilisation.optional(),
    /** What `utilisation` was called once. */
    load: utilisation.optional(),
    duration: duration
      .pipe(z.number().min(1, 'must be at least 1s').max(86_400, 'must be at most 24h'))
      .optional(),
    warmup: duration.pipe(z.number().min(0, 'must be 0s or more').max(3600, 'must be at most 1h')).optional(),
    seed: number
      .pipe(
        z
          .number()
          .int('must be a whole number')
          .min(0, 'must be 0 or more')
          .max(2 ** 32 - 1, 'must be below 2^32'),
      )
      .default(1),
    scale: number
      .pipe(z.number().min(0.01, 'must be 0.01 or more').max(100, 'must be at most 100'))
      .default(1),
    nodeCpus: number
      .pipe(z.number().min(0.05, 'must be at least 0.05 cores').max(256, 'must be at most 256 cores'))
      .default(0.5),
    policy: z.union([z.string().min(1, 'is empty'), z.record(z.string(), z.unknown())]).default('balanced'),
    snapshot: z.string().min(1, 'is empty').optional(),
    database: z.string().min(1, 'is empty').optional(),
    speed: number
      .pipe(z.number().positive('must be more than 0').max(1000, 'must be at most 1000'))
      .default(1),
    targets: targetsSchema.optional(),
    checkResults: z.boolean('must be true or false').default(false),
    out: z.string().min(1, 'is empty').default('reports'),
  })
  .transform(({ load, utilisation = load ?? DEFAULT_UTILISATION, ...others }) => ({
    ...others,
    utilisation,
  }));

/** The options of a run, checked. `duration` and `warmup` have no default here: it depends on the workload. */
export type RunOptions = z.output<typeof optionsSchema>;
/** The options as a user gives them: all optional, durations as text or seconds. */
export type UserOptions = z.input<typeof optionsSchema>;

/** `60s`, `1.5m`, `500ms`, `1h`, or a bare number of seconds; null if it is none of these. */
export function parseDuration(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h)?\s*$/.exec(text);
  if (!match) return null;
  return Number(match[1]) * { ms: 0.001, s: 1, m: 60, h: 3600 }[(match[2] ?? 's') as 'ms' | 's' | 'm' | 'h'];
}

/**
 * Completes and checks a user's options.
 * @param where what the options come from, for the sentence: `--rate` of the flags, `rate` of bench.config.ts
 * @throws BenchError OPTION_INVALID naming the first option that is wrong, and why
 */
export function parseOptions(given: Record<string, unknown>, where: (option: string) => string): RunOptions {
  const parsed = optionsSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const option = String(issue.path[0] ?? (issue.code === 'unrecognized_keys' ? issue.keys[0] : ''));
  const value = option in given ? ` (given: ${JSON.stringify(given[option])})` : '';
  const unknown = issue.code === 'unrecognized_keys' && issue.path.length === 0;
  const what = unknown ? 'is not an option' : issue.message;
  throw new BenchError('OPTION_INVALID', `${where(option)} ${what}${value}.`);
}
