import { join } from 'node:path';
import { generateSchema, getProgramFromFiles } from 'typescript-json-schema';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { WRITTEN } from '../../src/cli/schema.js';
import { packageRoot } from '../../src/machine/entry.js';
import { PLAN_SCHEMA } from '../../src/record/plan.js';
import { hashPlan, plannedSchema } from '../../src/record/plan-file.js';
import { RUN_SCHEMA } from '../../src/record/run.js';
import { runSchema } from '../../src/record/run-schema.js';
import { TRIALS_SCHEMA } from '../../src/record/trials.js';
import { trialsSchema } from '../../src/record/trials-file.js';
import { score } from '../../src/score/score.js';
import { COMPARE_SCHEMA } from '../../src/score/scorecard.js';
import { pairOf, pairsOf } from '../score/fixture.js';
import { flawsOf } from './flaws.js';

const ofShape = (title: string, shape: z.ZodType) => ({
  title,
  // What code checks beyond a shape is beyond a schema, too.
  ...z.toJSONSchema(shape, { unrepresentable: 'any' }),
});

/** Nothing reads a scorecard as a whole, so that its type is all there is of its shape. */
function ofScorecard(): object {
  const program = getProgramFromFiles([join(packageRoot, 'src/score/scorecard.ts')], {
    strictNullChecks: true,
    skipLibCheck: true,
    types: [],
  });
  const schema = generateSchema(program, 'Scorecard', { required: true, ignoreErrors: true });
  return { title: COMPARE_SCHEMA, ...schema };
}

const { baseline, split } = pairOf();
const { plan } = baseline;
const planHash = hashPlan(plan);

const MADE: Record<(typeof WRITTEN)[number], () => object> = {
  plan: () => ofShape(PLAN_SCHEMA, plannedSchema),
  run: () => ofShape(RUN_SCHEMA, runSchema),
  trials: () => ofShape(TRIALS_SCHEMA, trialsSchema),
  compare: ofScorecard,
};

describe('schema/', () => {
  it.each(WRITTEN)(
    'has for %s what its type gives: "npx vitest run test/schema -u" writes it',
    async (name) => {
      const text = `${JSON.stringify(MADE[name](), null, 2)}\n`;
      await expect(text).toMatchFileSnapshot(join(packageRoot, 'schema', `${name}.json`));
    },
  );
});

describe('what the schemas allow', () => {
  it('are records of a run, plans and scorecards', () => {
    expect(flawsOf(baseline, 'run')).toEqual([]);
    expect(flawsOf(split, 'run')).toEqual([]);
    expect(flawsOf({ plan, planHash }, 'plan')).toEqual([]);
    for (const pairs of [1, 3, 5]) expect(flawsOf(plain(score(pairsOf(pairs))), 'compare')).toEqual([]);
  });

  it('is nothing that lacks a field, or has one that can’t be', () => {
    const { planHash: _hash, ...unnamed } = baseline;
    expect(flawsOf(unnamed, 'run')).toEqual([" must have required property 'planHash'"]);
    expect(flawsOf({ ...baseline, side: 'left' }, 'run')).toEqual([
      '/side must be equal to one of the allowed values',
    ]);
    const late = structuredClone(split);
    late.lag!.series.lagMs = ['late'] as unknown as number[];
    expect(flawsOf(late, 'run')).not.toEqual([]);
    expect(flawsOf({ plan: { ...plan, policy: {} }, planHash }, 'plan')).not.toEqual([]);
    const { headline: _headline, ...silent } = score([pairOf()]);
    expect(flawsOf(plain(silent), 'compare')).toEqual([" must have required property 'headline'"]);
  });
});

/** As it is in a file. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
