import { analyticsSpeedup } from './analytics-speedup.js';
import { poolUtilisation } from './pool-utilisation.js';
import { primaryCpu } from './primary-cpu.js';
import { primaryReadVolume } from './primary-read-volume.js';
import { replicaLag } from './replica-lag.js';
import type { Target } from './target.js';

/** Everything that a target can be set for. */
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
