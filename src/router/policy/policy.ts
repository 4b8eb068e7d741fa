import * as z from 'zod';
import { RouterError } from '../errors.js';
import type { ReadCategory } from './categories.js';

/** A routing policy is data: which category of request goes where, and how stale it may be. */

/**
 * What a session's reads may miss of what it wrote and read before.
 * `none`: anything. `delay`: the primary for `delayMs` after the session's last write, then anything.
 * `lsn`: nothing, and never back in time: a replica that has replayed what the session has seen, else the primary.
 * `strict`: nothing that anyone committed before the read.
 */
export type ConsistencyMode = (typeof CONSISTENCY_MODES)[number];
export const CONSISTENCY_MODES = ['none', 'delay', 'lsn', 'strict'] as const;

export interface RouteRule {
  target: 'primary' | 'replica';
  /** Share of the requests (0..1) kept on the primary although a replica could answer: by a counter, so a half is a half. */
  primaryShare?: number;
  consistency?: ConsistencyMode;
  /** For `delay`: how long reads stay on the primary after a write of their session. Default 2000. */
  delayMs?: number;
  /** For `lsn` and `strict`: how long a read waits for a replica to replay before it goes to the primary, in ms. Default 50. */
  maxWaitMs?: number;
  /** A replica further behind than this is not used for these requests. Default: the router's limit. */
  maxLagMs?: number;
}

export interface RoutingPolicy {
  name: string;
  description: string;
  /** Writes always go to the primary, whatever stands here. */
  categories: Record<ReadCategory, RouteRule>;
  /**
   * Finer rules by the `group` that a request names (`history`, `jobs`...). Where it names none, by what sent it, as comments
   * tell: an action (`orders#show`), a controller, a job or a route, the finest that has a rule. They win over the category's.
   */
  groups?: Record<string, RouteRule>;
}

/** How long a session's reads stay on the primary after a write, where a rule doesn't say. */
export const DEFAULT_DELAY_MS = 2000;

const primary: RouteRule = { target: 'primary' };
const anyReplica: RouteRule = { target: 'replica', consistency: 'none' };
const replicaAfterDelay: RouteRule = { target: 'replica', consistency: 'delay', delayMs: DEFAULT_DELAY_MS };
const replicaThatSaw: RouteRule = { target: 'replica', consistency: 'lsn' };

/** The policies that come with the router, by name. */
export const policies = {
  balanced: {
    name: 'balanced',
    description:
      'Analytics, history, audit, cache warming and background jobs go to the replica; half of the plain reads stay on ' +
      'the primary. A session never misses what it wrote or read before. Moving every read only moves the bottleneck: the replica ' +
      'then works as hard as the primary did, analytics queue behind menu look-ups there, and half of the hardware idles.',
    categories: {
      read: { ...replicaThatSaw, primaryShare: 0.5 },
      analytics: replicaThatSaw,
      realtime: primary,
    },
    groups: { history: replicaThatSaw, audit: replicaThatSaw, caching: replicaThatSaw, jobs: replicaThatSaw },
  },
  lsn: {
    name: 'lsn',
    description:
      'Every read goes to the replica, once that has replayed what its session wrote or read before. Only what must be ' +
      'consistent at once stays on the primary.',
    categories: { read: replicaThatSaw, analytics: replicaThatSaw, realtime: primary },
  },
  rails: {
    name: 'rails',
    description:
      "Every read goes to the replica, but for 2 s after a write of its session: what Rails' DatabaseSelector does by " +
      'default. Only what must be consistent at once stays on the primary.',
    categories: { read: replicaAfterDelay, analytics: replicaAfterDelay, realtime: primary },
  },
  'everything-to-replica': {
    name: 'everything-to-replica',
    description:
      'Every read goes to the replica, even those that must be consistent at once, however recent the last write: ' +
      'shows what goes wrong (stale reads, and a replica that becomes the new bottleneck).',
    categories: { read: anyReplica, analytics: anyReplica, realtime: anyReplica },
  },
  'primary-only': {
    name: 'primary-only',
    description: 'Everything goes to the primary, as if there were no replica.',
    categories: { read: primary, analytics: primary, realtime: primary },
  },
} as const satisfies Record<string, RoutingPolicy>;

/**
 * The policy of that name, or the policy itself after a check.
 * @throws RouterError `UNKNOWN_POLICY` naming those there are, or `INVALID_POLICY`
 */
export function resolvePolicy(nameOrPolicy: string | RoutingPolicy = 'balanced'): RoutingPolicy {
  if (typeof nameOrPolicy !== 'string') return validatePolicy(nameOrPolicy);
  if (Object.hasOwn(policies, nameOrPolicy)) return policies[nameOrPolicy as keyof typeof policies];
  const names = Object.keys(policies).join(', ');
  throw new RouterError(
    'UNKNOWN_POLICY',
    `There is no routing policy "${nameOrPolicy}": use one of ${names}.`,
  );
}

const NOT_A_SHARE = 'must be a number from 0 to 1';
const NOT_A_TIME = 'must be a number of milliseconds, 0 or more';
const NO_TEXT = 'must be a text that is not empty';

const milliseconds = z.number(NOT_A_TIME).min(0, NOT_A_TIME).optional();
const rule = objectOf({
  target: z.enum(['primary', 'replica'], 'must be "primary" or "replica"'),
  primaryShare: z.number(NOT_A_SHARE).min(0, NOT_A_SHARE).max(1, NOT_A_SHARE).optional(),
  consistency: z.enum(CONSISTENCY_MODES, 'must be "none", "delay", "lsn" or "strict"').optional(),
  delayMs: milliseconds,
  maxWaitMs: milliseconds,
  maxLagMs: milliseconds,
});
const text = z.string(NO_TEXT).min(1, NO_TEXT);
/** The shape of a policy, checked where one comes from outside; a message of it is said behind the name of its field. */
export const policySchema: z.ZodType<RoutingPolicy> = objectOf({
  name: text,
  description: text,
  categories: objectOf({ read: rule, analytics: rule, realtime: rule }),
  groups: z.record(z.string(), rule, 'must be an object').optional(),
});

function objectOf<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject(shape, {
    error: ({ code, keys, input }) => {
      if (code !== 'unrecognized_keys') return input === undefined ? 'is missing' : 'must be an object';
      return `has an unknown key "${keys[0]}" (known: ${Object.keys(shape).join(', ')})`;
    },
  });
}

/**
 * Checks a policy that came from outside, such as a JSON file.
 * @throws RouterError `INVALID_POLICY`, whose one sentence says what is wrong where
 */
export function validatePolicy(value: unknown): RoutingPolicy {
  const { data, error } = policySchema.safeParse(value);
  if (data !== undefined) return data;
  const { path, message } = error!.issues[0]!;
  const where = path.length === 0 ? 'the policy' : path.join('.');
  throw new RouterError('INVALID_POLICY', `The routing policy is not valid: ${where} ${message}.`);
}
