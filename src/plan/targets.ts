import { z } from 'zod';

/** What may be asked of a metric. */
export interface TargetRules {
  /** In which direction it is asked to go: one has a meaning. */
  direction: 'less' | 'more';
  /** The largest bound. */
  most?: number;
  /** Whether the bound may have a band. */
  band: boolean;
}

/** One figure and what it should be. */
export interface TargetGoal<Metric extends string = string> {
  metric: Metric;
  /** In the metric's unit: percent less, times as fast, ms, percent of a pool. */
  bound: number;
  /** Upper end of the band to expect, drawn but not required. */
  band?: number | undefined;
}

/**
 * The `targets` of a bench.config.ts, in the order of the scorecard's rows.
 * @param rules by metric: all that a target can be set for
 */
export function targetsSchema(rules: Readonly<Record<string, TargetRules>>) {
  const names = Object.keys(rules);
  const target = z
    .strictObject(
      {
        metric: z.enum(names, {
          error: ({ input }) =>
            `has ${JSON.stringify(input) ?? 'no metric'} where one of these metrics must stand: ${names.join(', ')}`,
        }),
        /** Said once beside a metric, and without a meaning: each has its own. */
        direction: z
          .enum(['less', 'more'], 'has a target whose direction is neither less nor more')
          .optional(),
        bound: z
          .number('has a target without a number as its bound')
          .positive('has a bound that is not above 0'),
        band: z.number('has a band that is not a number').optional(),
      },
      {
        error: (issue) =>
          issue.code === 'unrecognized_keys'
            ? `has a target with ${(issue.keys as string[]).join(', ')}, but only metric, bound and band are known`
            : 'has a target that is not an object such as { metric: "primary-cpu", bound: 40 }',
      },
    )
    .superRefine(({ metric, direction, bound, band }, context) => {
      const rule = rules[metric]!;
      const wrong = (message: string) => context.addIssue({ code: 'custom', message });
      if (direction && direction !== rule.direction) wrong(`can only ask ${metric} to be ${rule.direction}`);
      if (rule.most !== undefined && bound > rule.most)
        wrong(`asks ${metric} to be more than ${rule.most} % less`);
      if (band === undefined) return;
      const banded = names.filter((name) => rules[name]!.band).join(' and ');
      if (!rule.band) wrong(`has a band for ${metric}: only ${banded} have one`);
      if (band <= bound) wrong(`has a band for ${metric} that ends before its bound`);
    })
    .transform(({ direction, ...goal }): TargetGoal => goal);
  return z
    .array(target, 'must be a list of targets')
    .min(1, 'is empty: leave it out for the default targets')
    .superRefine((targets, context) => {
      const twice = targets.find(({ metric }, i) => targets.findIndex((each) => each.metric === metric) < i);
      if (twice) context.addIssue({ code: 'custom', message: `has two targets for ${twice.metric}` });
    });
}
