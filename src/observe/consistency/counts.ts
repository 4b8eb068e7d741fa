import type { ConsistencyObservation } from '../../record/pure.js';
import type { CheckEvent } from './visitor.js';

export type ConsistencyCounts = Omit<ConsistencyObservation, 'mode'>;

export function noCounts(): ConsistencyCounts {
  return { reads: 0, readBacks: 0, stale: 0, staleVersionsMax: 0, backward: 0, failed: 0 };
}

/** Counts one event of a check. */
export function count(counts: ConsistencyCounts, event: CheckEvent): void {
  if (event.kind === 'failed') counts.failed++;
  if (event.kind !== 'read') return;
  const { version, written, seen } = event;
  counts.reads++;
  if (written > 0) counts.readBacks++;
  if (version < written) {
    counts.stale++;
    counts.staleVersionsMax = Math.max(counts.staleVersionsMax, written - version);
  }
  if (version < seen) counts.backward++;
}
