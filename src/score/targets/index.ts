import type { TargetGoal, TargetRules } from '../../plan/index.js';
import { analyticsSpeedup } from './analytics-speedup.js';
import { poolUtilisation } from './pool-utilisation.js';
import { primaryCpu } from './primary-cpu.js';
import { primaryReadVolume } from './primary-read-volume.js';
import { replicaLag } from './replica-lag.js';
import { type Target, VALUE_KINDS } from './target.js';

/** Everything that a target can be set for, by its metric. */
export const TARGETS = {
  'primary-read-volume': primaryReadVolume,
  'primary-cpu': primaryCpu,
  'analytics-speedup': analyticsSpeedup('mean'),
  'analytics-speedup-p50': analyticsSpeedup(0.5),
  'analytics-speedup-p95': analyticsSpeedup(0.95),
  'replica-lag': replicaLag,
  'pool-utilisation': poolUtilisation,
} satisfies Record<string, Target>;

export type TargetId = keyof typeof TARGETS;
export type Goal = TargetGoal<TargetId>;

const METRICS = Object.keys(TARGETS) as TargetId[];

/** What may be asked of each metric in bench.config.ts. */
export const TARGET_RULES: Readonly<Record<string, TargetRules>> = Object.fromEntries(
  METRICS.map((metric) => [metric, VALUE_KINDS[TARGETS[metric].value]]),
);

/** What is scored where bench.config.ts sets no targets. */
export const DEFAULT_TARGETS: readonly Goal[] = METRICS.flatMap((metric) => {
  const { goal } = TARGETS[metric];
  return goal ? [{ metric, ...goal }] : [];
});
