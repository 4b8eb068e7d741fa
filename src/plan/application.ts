import { z } from 'zod';
import { BenchError } from '../machine/pure.js';
import type { PlannedApplication } from '../record/pure.js';
import type { RoutingPolicy } from '../router/index.js';

const WRONG =
  'must be baseline=URL,split=URL (or one of them), or { baseline, split }, with URLs such as http://127.0.0.1:3000 and no password in them';

/** A password in it would be in every plan and record. */
const url = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), WRONG)
  .refine((text) => !URL.canParse(text) || new URL(text).password === '', WRONG)
  .transform((text) => text.replace(/\/+$/, ''));

const targets = z.strictObject({ baseline: url.optional(), split: url.optional() }, WRONG);

/** The options that name an application of the user's own, and what drives it. */
export const applicationOptions = {
  target: z
    .union(
      [
        targets,
        z
          .string()
          .transform((text) =>
            Object.fromEntries(text.split(',').map((part) => part.trim().split(/=(.*)/s).slice(0, 2))),
          )
          .pipe(targets),
      ],
      WRONG,
    )
    .optional(),
  scenario: z.string().min(1, 'is empty').optional(),
};

/** What a plan says of the routing of an application that does it itself: the bench routes nothing. */
export const ROUTED_BY_ITSELF: RoutingPolicy = {
  name: 'of the application',
  description: 'The application routes its statements itself.',
  categories: {
    read: { target: 'primary' },
    analytics: { target: 'primary' },
    realtime: { target: 'primary' },
  },
};

/**
 * The application that options name.
 * @returns undefined where they name none
 * @throws BenchError OPTION_CONFLICT where half of it is missing, or what belongs to another workload stands beside it
 */
export function applicationOf({
  target,
  scenario,
  workload,
  policy,
}: {
  target?: PlannedApplication['targets'];
  scenario?: string;
  workload?: string;
  policy?: unknown;
}): PlannedApplication | undefined {
  if (scenario === undefined && target === undefined) return undefined;
  if (scenario === undefined) {
    throw conflict(
      '--target names an application, and nothing drives it: give its k6 scenario with --scenario FILE.',
    );
  }
  if (target === undefined) {
    throw conflict(
      '--scenario drives an application of your own: say where it answers, with --target baseline=URL,split=URL.',
    );
  }
  if (workload !== undefined) {
    throw conflict('--scenario already says what is run: leave --workload out, or --scenario and --target.');
  }
  if (policy !== undefined) {
    throw conflict(
      '--policy steers the router of the bench, and your application has its own: leave it out.',
    );
  }
  return { scenario, targets: target };
}

function conflict(words: string): BenchError {
  return new BenchError('OPTION_CONFLICT', words);
}
