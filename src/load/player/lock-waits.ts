import type { LockHolderState, LockWaitPair, LockWaits } from '../../record/pure.js';

/** A statement of the replay that waits for a lock, as the primary tells it. */
export interface SeenWait {
  pid: number;
  /** Its statement, without literals, and when that began: together they name one execution. */
  operation: string;
  statement: string;
  /** The wait it is in: a statement may have several, one after the other. */
  wait: string;
  /** For so long by now, in ms. */
  ageMs: number;
  blockers: Blocker[];
}

/** Who holds a lock, or is before it in the queue for it. */
export interface Blocker {
  pid: number;
  holder: string;
  state: Exclude<LockHolderState, 'deadlock'>;
  ofReplay: boolean;
}

/** PostgreSQL's own time after which a wait for a lock is worth a look (deadlock_timeout), in ms. */
export const LONG_WAIT_MS = 1000;

/** Pairs of statements that are kept. */
const MOST_PAIRS = 10;

interface OpenWait extends Pick<LockWaitPair, 'waiter' | 'holder' | 'state' | 'ofReplay'> {
  /** In waits of its statement before this one. */
  earlierMs: number;
  wait: string;
  ageMs: number;
  seenAtMs: number;
}

/**
 * Adds up waits for locks from what is seen of them now and then. When one ended is known to between two looks: half of that
 * time counts.
 */
export class LockWaitSum {
  readonly #open = new Map<string, OpenWait>();
  readonly #pairs = new Map<string, LockWaitPair>();
  #statements = 0;
  #totalMs = 0;
  #longestMs = 0;

  get hasOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Takes in all who wait at a moment; who waited before and isn't among them waits no longer. */
  see(waits: readonly SeenWait[], nowMs: number): void {
    const keys = new Set<string>();
    const byPid = new Map(waits.map((wait) => [wait.pid, wait]));
    for (const seen of waits) {
      const key = `${seen.pid} ${seen.statement}`;
      keys.add(key);
      const known = this.#open.get(key);
      if (known) {
        if (known.wait !== seen.wait) known.earlierMs += known.ageMs;
        Object.assign(known, { wait: seen.wait, ageMs: seen.ageMs, seenAtMs: nowMs });
        continue;
      }
      // It is about to have it.
      if (seen.blockers.length === 0) continue;
      const { holder, state, ofReplay } = holderOf(seen, byPid);
      const { operation: waiter, wait, ageMs } = seen;
      this.#open.set(key, { waiter, holder, state, ofReplay, earlierMs: 0, wait, ageMs, seenAtMs: nowMs });
    }
    for (const [key, wait] of this.#open) if (!keys.has(key)) this.#close(key, wait, nowMs);
  }

  #close(key: string, { earlierMs, ageMs, seenAtMs, ...pair }: OpenWait, nowMs: number): void {
    this.#open.delete(key);
    const ms = earlierMs + ageMs + (nowMs - seenAtMs) / 2;
    if (ms < LONG_WAIT_MS) return;
    this.#statements++;
    this.#totalMs += ms;
    this.#longestMs = Math.max(this.#longestMs, ms);
    const { waiter, holder, state, ofReplay } = pair;
    const name = [waiter, holder, state, ofReplay].join('\n');
    const known = this.#pairs.get(name) ?? { waiter, holder, state, ofReplay, statements: 0, totalMs: 0 };
    known.statements++;
    known.totalMs += ms;
    this.#pairs.set(name, known);
  }

  result(): Omit<LockWaits, 'cutOff'> {
    return {
      statements: this.#statements,
      totalMs: this.#totalMs,
      longestMs: this.#longestMs,
      pairs: [...this.#pairs.values()].sort((a, b) => b.totalMs - a.totalMs).slice(0, MOST_PAIRS),
    };
  }
}

/** Who holds the lock in the end: of those before it in the queue, most wait themselves. Who waits for himself is in a deadlock. */
function holderOf(
  wait: SeenWait,
  byPid: ReadonlyMap<number, SeenWait>,
): Pick<LockWaitPair, 'holder' | 'state' | 'ofReplay'> {
  const visited = new Set([wait.pid]);
  const queue = [...wait.blockers];
  let isCycle = false;
  for (let blocker = queue.shift(); blocker; blocker = queue.shift()) {
    if (blocker.pid === wait.pid) isCycle = true;
    if (visited.has(blocker.pid)) continue;
    visited.add(blocker.pid);
    const waits = byPid.get(blocker.pid);
    if (!waits) return blocker;
    queue.push(...waits.blockers);
  }
  const [first] = wait.blockers;
  return { ...first!, state: isCycle ? 'deadlock' : 'active' };
}
