import { type ConsistencyCheck, checkConsistency } from '../../../src/observe/consistency/check.js';
import { type ConsistencyCounts, count, noCounts } from '../../../src/observe/consistency/counts.js';
import type { CheckEvent, ReadEvent } from '../../../src/observe/consistency/visitor.js';
import type { RouteReason } from '../../../src/router/index.js';

/** What a run's record says of a check, and what tells a router's faults from those of nobody. */
export interface ConsistencyResult extends Omit<ConsistencyCounts, 'failed'> {
  /** Committed writes whose row was read back at least once: the unit of the check. */
  pairs: number;
  /**
   * Of the reads that went back, the ones that no router can prevent: PostgreSQL may show a commit on a standby a moment
   * before the primary does. The primary answered, and with all that anyone had been told was committed.
   */
  replicaAhead: number;
  /** Reads that showed less than any session had been told before they began: what only `strict` rules out. */
  outdated: number;
  /** Writes that failed and may have been committed all the same. */
  unknownWrites: number;
  /** Requests that failed, by error code. */
  failed: Record<string, number>;
  routes: { node: string; reason: RouteReason; reads: number; stale: number; backward: number }[];
}

/** Counts what a check tells. */
export class ConsistencyTally {
  readonly #counts = noCounts();
  readonly #result = {
    pairs: 0,
    replicaAhead: 0,
    outdated: 0,
    unknownWrites: 0,
    failed: {} as ConsistencyResult['failed'],
    routes: [] as ConsistencyResult['routes'],
  };

  add(event: CheckEvent): void {
    const result = this.#result;
    count(this.#counts, event);
    if (event.kind === 'pair') result.pairs++;
    else if (event.kind === 'read') this.#addRead(event);
    else {
      result.failed[event.code] = (result.failed[event.code] ?? 0) + 1;
      if (event.maybeCommitted) result.unknownWrites++;
    }
  }

  #addRead({ version, written, seen, committed, node, role, reason }: ReadEvent): void {
    const result = this.#result;
    let route = result.routes.find((r) => r.node === node && r.reason === reason);
    if (!route) {
      route = { node, reason, reads: 0, stale: 0, backward: 0 };
      result.routes.push(route);
    }
    route.reads++;
    if (version < committed) result.outdated++;
    if (version < written) route.stale++;
    if (version < seen) {
      if (role === 'primary' && version >= Math.max(written, committed)) result.replicaAhead++;
      route.backward++;
    }
  }

  result(): ConsistencyResult {
    return structuredClone({ ...this.#counts, ...this.#result });
  }
}

/** Runs a check and counts what it tells. */
export async function countedCheck({
  onEvent,
  ...check
}: Omit<ConsistencyCheck, 'onEvent'> &
  Partial<Pick<ConsistencyCheck, 'onEvent'>>): Promise<ConsistencyResult> {
  const tally = new ConsistencyTally();
  await checkConsistency({
    ...check,
    onEvent(event) {
      tally.add(event);
      onEvent?.(event);
    },
  });
  return tally.result();
}
