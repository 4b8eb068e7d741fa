import type { TargetId } from '../scorecard.js';
import { analyticsSpeedup } from './analytics-speedup.js';
import { poolUtilisation } from './pool-utilisation.js';
import { primaryCpu } from './primary-cpu.js';
import { primaryReadVolume } from './primary-read-volume.js';
import { replicaLag } from './replica-lag.js';
import type { Target } from './target.js';

/** The targets in the order in which a reader sees them. */
export const TARGETS: { [Id in TargetId]: Target } = {
  'primary-read-volume': primaryReadVolume,
  'primary-cpu': primaryCpu,
  'analytics-speedup': analyticsSpeedup,
  'replica-lag': replicaLag,
  'pool-utilisation': poolUtilisation,
};
