import { z } from 'zod';
import { BenchError } from '../machine/pure.js';
import { planSchema, readOwnFile } from '../record/index.js';
import { type Plan, samePlan } from '../record/pure.js';
import { COMPARE_SCHEMA, type Earlier, type Scorecard, TARGETS } from '../score/index.js';

const number = z.number();
const earlierSchema = z.looseObject({
  schema: z.literal(COMPARE_SCHEMA),
  valid: z.boolean(),
  plan: planSchema,
  policy: z.string(),
  equalSides: z.boolean(),
  generatedFrom: z.looseObject({
    pairs: z.array(z.looseObject({ baseline: z.string(), split: z.string() })).min(1),
  }),
  scorecard: z.array(
    z.looseObject({
      id: z.enum(Object.keys(TARGETS)),
      kind: z.enum(['reduction', 'speedup', 'level']),
      value: number.nullable(),
      interval: z.looseObject({ low: number, high: number }).nullable(),
      verdict: z.string(),
      atLoad: number.optional(),
    }),
  ),
});

/** What a machine is, which may be another: both sides of a comparison ran on it. */
const OF_THE_MACHINE = [
  'operating system',
  'processor architecture',
  'processor',
  'cores of the machine',
  'Node.js',
];

/** What a rate that was found for a load decides. */
const OF_THE_RATE = ['rate per second', 'trace (SHA-256)', 'events in the trace'];

/** A comparison as it was written, with what it is of. */
export interface WrittenComparison extends Earlier {
  plan: Plan;
  policy: string;
  equalSides: boolean;
  generatedFrom: Scorecard['generatedFrom'];
}

/**
 * A comparison that was written before.
 * @throws BenchError COMPARISON_UNREADABLE or COMPARISON_INVALID
 */
export async function readComparison(file: string): Promise<WrittenComparison> {
  const content = await readOwnFile(file, {
    code: 'COMPARISON',
    schema: COMPARE_SCHEMA,
    shape: earlierSchema,
    title: 'comparison',
    give: 'Give a compare.json that "bench compare" wrote.',
  });
  return content as unknown as WrittenComparison;
}

/**
 * An earlier comparison, of the same work as this plan's but for the policy and the machine.
 * @throws BenchError what readComparison throws, or PLANS_DIFFER naming what differs
 */
export async function readEarlier(file: string, plan: Plan): Promise<Earlier> {
  const earlier = await readComparison(file);
  if (!earlier.valid)
    throw new BenchError(
      'COMPARISON_INVALID',
      `${file} is a comparison that is not valid, so nothing can be compared with it: name another one.`,
    );
  const differences = otherWork(earlier.plan, plan);
  if (differences.length > 0)
    throw new BenchError(
      'PLANS_DIFFER',
      `${file} is of other work: ${differences.join('; ')}. Only the policy may differ, the machine, and a rate that was found for the same load.`,
    );
  return earlier;
}

/** What two plans differ in, but for the policy, the machine, and what a rate that was found for the same load decides. */
export function otherWork(then: Plan, now: Plan): string[] {
  const aims = [then, now].map(({ load }) => load.targetUtilisation);
  const found = aims[0] !== null && aims[0] === aims[1];
  const ignored = [...OF_THE_MACHINE, ...(found ? OF_THE_RATE : [])];
  return samePlan(then, now).filter(
    (difference) => !ignored.some((name) => difference.startsWith(`${name}: `)),
  );
}
