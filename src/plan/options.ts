import { z } from 'zod';
import { BenchError } from '../machine/pure.js';
import { LOADS, LONGEST_RUN_S, MOST_RATE, MOST_REPLICAS, MOST_SPEED, USUAL_LOAD } from '../record/pure.js';
import { applicationOptions } from './application.js';
import { serverOptions } from './servers.js';
import { type TargetRules, targetsSchema } from './targets.js';

/**
 * What a user can say about a run, by flag or in bench.config.ts. Durations are seconds here; `parseDuration` takes
 * them as a user writes them. Numbers arrive as text from flags and as numbers from a config file.
 */
const number = z.preprocess(
  (v) => (typeof v === 'string' && v.trim() !== '' ? Number(v) : v),
  z.number('is not a number'),
);
const range = (min: number, max: number, unit = '') =>
  z.number().refine((value) => value >= min && value <= max, `must be from ${min} to ${max}${unit}`);
const between = (...limits: Parameters<typeof range>) => number.pipe(range(...limits));
const above0 = (max: number) =>
  number.pipe(z.number().positive('must be more than 0').max(max, `must be at most ${max}`));
const text = z.string().min(1, 'is empty');

const duration = z.union([z.number(), z.string()]).transform((value, context) => {
  const seconds = typeof value === 'number' ? value : parseDuration(value);
  if (seconds !== null) return seconds;
  context.addIssue({ code: 'custom', message: 'is not a duration: write 60s, 1m30s or 500ms' });
  return z.NEVER;
});

const UNITS: Record<string, number> = { kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 };

/** A server's memory, in bytes: PostgreSQL doesn't even start with less than some tens of MB. */
const memory = z
  .union([z.number(), z.string()])
  .transform((given, context) => {
    const [, amount, unit] = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]b)?\s*$/i.exec(String(given)) ?? [];
    if (amount !== undefined) return Math.round(Number(amount) * (UNITS[unit?.toLowerCase() ?? ''] ?? 1));
    context.addIssue({ code: 'custom', message: 'is not a size: write 512MB, 1.5GB or a number of bytes' });
    return z.NEVER;
  })
  .pipe(z.number().min(64e6, 'must be at least 64MB'));

const utilisation = z
  .preprocess(
    (v) => (typeof v === 'string' && /^\s*[\d.]+\s*%\s*$/.test(v) ? Number.parseFloat(v) / 100 : v),
    number,
  )
  .pipe(
    z
      .number()
      .refine(
        (v) => v >= LOADS.least && v <= LOADS.most,
        `must be from ${LOADS.least} to ${LOADS.most}, or ${100 * LOADS.least}% to ${100 * LOADS.most}%`,
      ),
  );

/** What options choose from: names of other rooms' tables, and what may be asked of each metric. */
export interface Choices {
  driver: readonly string[];
  cluster: readonly string[];
  targets: Readonly<Record<string, TargetRules>>;
}

/** Any name is taken where there are no choices, and no targets: they are checked where they are used. */
const oneOf = (names?: readonly string[]) =>
  text.refine((name) => names?.includes(name) ?? true, `must be one of ${names?.join(', ')}`);

/** PostgreSQL's names, which it takes in any case; values as text, numbers or booleans. */
const settings = z
  .record(
    z.string(),
    z
      .union([z.string(), z.number(), z.boolean()], 'must have text, numbers or booleans as values')
      .transform(String),
    'must be an object such as { work_mem: "16MB" }',
  )
  .transform((given, context) => {
    const lower = Object.entries(given).map(([name, value]) => [name.toLowerCase(), value] as const);
    const wrong = lower.find(([name]) => !/^[a-z_][a-z0-9_$]*(\.[a-z_][a-z0-9_$]*)?$/.test(name));
    if (!wrong) return Object.fromEntries(lower);
    context.addIssue({
      code: 'custom',
      message: `has ${JSON.stringify(wrong[0])}, which can't be a setting's name`,
    });
    return z.NEVER;
  });

const shapeOf = (choices?: Partial<Choices>) => ({
  workload: text.optional(),
  ...applicationOptions,
  driver: oneOf(choices?.driver).default('auto'),
  cluster: oneOf(choices?.cluster).optional(),
  ...serverOptions,
  rate: z
    .union(
      [z.literal('auto'), above0(MOST_RATE)],
      `must be auto, or requests per second above 0 and up to ${MOST_RATE}`,
    )
    .default('auto'),
  utilisation: utilisation.optional(),
  /** What `utilisation` was called once. */
  load: utilisation.optional(),
  duration: duration.pipe(range(1, LONGEST_RUN_S, ' seconds')).optional(),
  warmup: duration.pipe(range(0, 3600, ' seconds')).optional(),
  seed: between(0, 2 ** 32 - 1)
    .pipe(z.int('must be a whole number'))
    .optional(),
  scale: between(0.01, 100).optional(),
  nodeCpus: between(0.05, 256, ' cores').default(0.5),
  nodeMemory: memory.optional(),
  replicas: between(1, MOST_REPLICAS - 1)
    .pipe(z.int('must be a whole number'))
    .default(1),
  /** One more replica, for analytics alone. */
  analyticsReplica: z.boolean('must be true or false').default(false),
  /** What single nodes have of their own: `{ 'analytics-replica': { cpus: 1, settings: { work_mem: '64MB' } } }`. */
  nodes: z
    .record(
      z.string(),
      z.strictObject(
        {
          cpus: between(0.05, 256, ' cores').optional(),
          memory: memory.optional(),
          settings: settings.optional(),
          weight: between(0.01, 100).optional(),
        },
        'must have "cpus", "memory", "settings" and "weight" of each node, and nothing else',
      ),
      'must be an object such as { replica: { cpus: 1 } }',
    )
    .optional(),
  /** PostgreSQL's settings on every node, over the provider's own. */
  settings: settings.optional(),
  policy: z.union([text, z.record(z.string(), z.unknown())]).optional(),
  snapshot: text.optional(),
  globals: text.optional(),
  database: text.optional(),
  speed: above0(MOST_SPEED).optional(),
  pooled: between(1, 500, ' connections').pipe(z.int('must be a whole number')).optional(),
  skipIdle: duration.pipe(range(0.001, 86_400, ' seconds')).optional(),
  readOnly: z.boolean('must be true or false').default(false),
  readOnlyTransactions: z
    .enum(['as-captured', 'inferred'], 'must be as-captured or inferred')
    .default('as-captured'),
  targets: targetsSchema(choices?.targets ?? {}).optional(),
  checkResults: z.boolean('must be true or false').default(false),
  out: text.default('reports'),
});

const optionsSchema = (choices?: Partial<Choices>) =>
  z.strictObject(shapeOf(choices)).transform(({ load, duration, warmup, ...others }) => ({
    ...others,
    utilisation: others.utilisation ?? load ?? USUAL_LOAD,
    durationS: duration,
    warmupS: warmup,
  }));

/** The options of a run, checked. What a workload chooses has no default here: seed, scale, speed, warm-up, duration. */
export type RunOptions = z.output<ReturnType<typeof optionsSchema>>;
/** The options as a user gives them: all optional, durations as text or seconds. */
export type UserOptions = z.input<ReturnType<typeof optionsSchema>>;

export const OPTION_NAMES: readonly string[] = Object.keys(shapeOf());

const DURATION =
  /^(?=\d)(?:(?<h>\d+(?:\.\d+)?)\s*h)?\s*(?:(?<m>\d+(?:\.\d+)?)\s*m(?!s))?\s*(?:(?<s>\d+(?:\.\d+)?)\s*s)?\s*(?:(?<ms>\d+(?:\.\d+)?)\s*ms)?$/;

/** `60s`, `1m30s`, `1.5m`, `500ms`, `1h`, or a bare number of seconds; in seconds, or null if it is none of these. */
export function parseDuration(text: string): number | null {
  const match = DURATION.exec(text.trim().replace(/^[\d.]+$/, '$&s'));
  if (!match) return null;
  const { h, m, s, ms } = match.groups as Partial<Record<'h' | 'm' | 's' | 'ms', string>>;
  return 3600 * Number(h ?? 0) + 60 * Number(m ?? 0) + Number(s ?? 0) + Number(ms ?? 0) / 1000;
}

/** What a rate is found for, by each of its names. */
export const AIMS = ['utilisation', 'load'];

/** Whether no rate is to be found. */
export function givesRate({ rate }: Record<string, unknown>): boolean {
  return rate !== undefined && rate !== 'auto';
}

const NAME_SERVERS = ['primary', 'replica', 'target'];

/**
 * Completes and checks a user's options.
 * @param where what the options come from, for the sentence: `--rate` of the flags, `rate` of bench.config.ts
 * @throws BenchError OPTION_INVALID naming the first option that is wrong, and why; OPTION_CONFLICT
 */
export function parseOptions(
  given: Record<string, unknown>,
  where: (option: string) => string,
  choices?: Partial<Choices>,
): RunOptions {
  const parsed = optionsSchema(choices).safeParse(given);
  if (parsed.success) {
    const aim = AIMS.find((name) => given[name] !== undefined);
    if (aim === undefined || !givesRate(given)) return parsed.data;
    throw new BenchError(
      'OPTION_CONFLICT',
      `${where(aim)} is what the search for a rate aims at, and the rate is given (${given.rate}): leave one of the two out.`,
    );
  }
  const issue = parsed.error.issues[0]!;
  const unknown = issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys[0] : undefined;
  const option = unknown ?? String(issue.path[0]);
  const what = unknown === undefined ? issue.message : 'is not an option';
  // What names a server may hold a password.
  const isShown = Object.hasOwn(given, option) && !NAME_SERVERS.includes(option);
  const value = isShown ? ` (given: ${JSON.stringify(given[option])})` : '';
  throw new BenchError('OPTION_INVALID', `${where(option)} ${what}${value}.`);
}
