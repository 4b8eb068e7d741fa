import { z } from 'zod';

/**
 * What can be asked of a comparison, and in which direction. A metric of the primary's work is asked to become less by
 * a number of percent; a lag or a pool's use to be less than a bound; a speed-up to be a bound or more.
 */
export const METRICS = {
  'primary-read-volume': 'less',
  'primary-cpu': 'less',
  /** Ratio of mean service-level latencies; below, of their medians and their 95th percentiles. */
  'analytics-speedup': 'more',
  'analytics-speedup-p50': 'more',
  'analytics-speedup-p95': 'more',
  'replica-lag': 'less',
  'pool-utilisation': 'less',
} as const;
export type Metric = keyof typeof METRICS;

const NAMES = Object.keys(METRICS) as [Metric, ...Metric[]];

const targetSchema = z
  .strictObject(
    {
      metric: z.enum(NAMES, {
        error: ({ input }) =>
          `has ${JSON.stringify(input) ?? 'no metric'} where one of these metrics must stand: ${NAMES.join(', ')}`,
      }),
      direction: z.enum(['less', 'more'], 'has a target whose direction is neither less nor more'),
      /** In the metric's unit: percent less, times as fast, ms, percent of a pool. */
      bound: z
        .number('has a target without a number as its bound')
        .positive('has a bound that is not above 0'),
      /** Upper end of the band to expect, drawn but not required. */
      band: z.number('has a band that is not a number').optional(),
    },
    {
      error: (issue) =>
        issue.code === 'unrecognized_keys'
          ? `has a target with ${(issue.keys as string[]).join(', ')}, but only metric, direction, bound and band are known`
          : 'has a target that is not an object such as { metric: "primary-cpu", direction: "less", bound: 40 }',
    },
  )
  .superRefine(({ metric, direction, bound, band }, context) => {
    const wrong = (message: string) => context.addIssue({ code: 'custom', message });
    if (direction !== METRICS[metric]) wrong(`can only ask ${metric} to be ${METRICS[metric]}`);
    if (metric === 'primary-read-volume' || metric === 'primary-cpu') {
      if (bound > 100) wrong(`asks ${metric} to be more than 100 % less`);
    } else if (band !== undefined) {
      wrong(`has a band for ${metric}: only primary-read-volume and primary-cpu have one`);
    }
    if (band !== undefined && band <= bound) wrong(`has a band for ${metric} that ends before its bound`);
  });

/** The `targets` of a bench.config.ts, in the order of the scorecard's rows. */
export const targetsSchema = z
  .array(targetSchema, 'must be a list of targets')
  .min(1, 'is empty: leave it out for the default targets')
  .superRefine((targets, context) => {
    const twice = targets.find(({ metric }, i) => targets.findIndex((each) => each.metric === metric) < i);
    if (twice) context.addIssue({ code: 'custom', message: `has two targets for ${twice.metric}` });
  });

/** One figure and what it should be. */
export type TargetGoal = z.output<typeof targetSchema>;

export const DEFAULT_TARGETS: readonly TargetGoal[] = [
  { metric: 'primary-read-volume', direction: 'less', bound: 40, band: 60 },
  { metric: 'primary-cpu', direction: 'less', bound: 40, band: 60 },
  { metric: 'analytics-speedup', direction: 'more', bound: 2 },
  { metric: 'replica-lag', direction: 'less', bound: 100 },
  { metric: 'pool-utilisation', direction: 'less', bound: 70 },
];
