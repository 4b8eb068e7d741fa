import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestCategory, Router } from '../../router/index.js';
import type { VersionedRows } from './rows.js';
import { type CheckEvent, Visitor } from './visitor.js';

/** What a check does, and through what. */
export interface ConsistencyCheck {
  /** Several are instances of one application: sessions are handed from one to the next. */
  routers: Router[];
  rows: VersionedRows;
  /** How the reads are declared. Default: as reads, in no group. */
  category?: RequestCategory;
  group?: string;
  /** Ends after so many pairs. Default: when the signal says so. */
  pairs?: number;
  /** Of all sessions together. Default: as fast as it goes. */
  pairsPerSecond?: number;
  signal?: AbortSignal;
  /** Told of everything as it happens. */
  onEvent: (event: CheckEvent) => void;
}

/**
 * Many sessions write rows and read them back, and look at each other's, all through a router: does a session see
 * what it wrote, and never go back in time? The versions it may see follow from what it was told: a write that may or
 * may not have been committed allows both, until a read shows it.
 */
export async function checkConsistency(check: ConsistencyCheck): Promise<void> {
  const { routers, rows, pairs = Number.POSITIVE_INFINITY, signal, onEvent } = check;
  const nextTurn = pacer(check.pairsPerSecond, signal);
  let begun = 0;
  const play = async (visitor: Visitor) => {
    while ((await nextTurn()) && begun < pairs) {
      begun++;
      if (await visitor.turn()) onEvent({ kind: 'pair' });
      else {
        begun--;
        // A server that is down refuses at once: no busy loop until it is back.
        await sleep(AFTER_FAILURE_MS);
      }
    }
  };
  const { category = 'read', group } = check;
  const committed = new Array<number>(rows.sessions + 1).fill(0);
  const visitors = Array.from(
    { length: rows.sessions },
    (_, i) => new Visitor(i + 1, routers, rows, { category, group }, committed, onEvent),
  );
  await Promise.all(visitors.map(play));
}

const AFTER_FAILURE_MS = 20;
/** Turns queue up: each waits for its time, and is false once the signal has ended it all. */
function pacer(perSecond: number | undefined, signal: AbortSignal | undefined): () => Promise<boolean> {
  let queue = Promise.resolve(true);
  let dueMs = performance.now();
  const wait = async () => {
    if (signal?.aborted) return false;
    if (perSecond === undefined) return true;
    // Turns that a slow server made late are not made up for.
    dueMs = Math.max(dueMs, performance.now()) + 1000 / perSecond;
    return sleep(dueMs - performance.now(), true, { signal }).catch(() => false);
  };
  return () => {
    queue = queue.then(wait);
    return queue;
  };
}
