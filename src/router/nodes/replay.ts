import { setTimeout as sleep } from 'node:timers/promises';
import { sqlState } from './failures.js';
import type { ServerNode } from './node.js';
import { waitForLsn } from './questions.js';

/** Pauses between questions, in ms: most waits are over within a few, the last one repeats. */
const PAUSES_MS = [1, 2, 4, 8];
/** PostgreSQL from which on a standby can be told to wait, instead of being asked again and again. */
const FIRST_TO_WAIT = 190_000;

interface Waiter {
  lsn: number;
  tell: (reached: boolean) => void;
}

/** Waits for one replica to replay. However many wait, one asks. */
export class ReplayWatch {
  readonly #waiters = new Set<Waiter>();
  #asking = false;
  #pause = 0;
  #refusesToWait = false;

  constructor(readonly node: ServerNode) {}

  /** Whether the replica has replayed a position within the time given, in ms. */
  async reaches(lsn: number, withinMs: number): Promise<boolean> {
    if (this.node.replayed >= lsn) return true;
    if (withinMs <= 0) return false;
    const untilMs = performance.now() + withinMs;
    if (this.node.pool.serverVersion >= FIRST_TO_WAIT && !this.#refusesToWait) {
      const reached = await this.#waitThere(lsn, withinMs);
      if (reached !== undefined) return reached;
    }
    return this.#askUntil(lsn, untilMs - performance.now());
  }

  /** Has the server wait, on a connection of its own for that time; undefined if it can't. */
  async #waitThere(lsn: number, withinMs: number): Promise<boolean | undefined> {
    try {
      const lease = await this.node.pool.acquire();
      try {
        const { rows } = await lease.client.query<{ status: string }>(waitForLsn(lsn, withinMs));
        const reached = rows[0]?.status === 'success';
        if (reached) this.node.noteReplayed(lsn);
        return reached;
      } finally {
        lease.release();
      }
    } catch (error) {
      if (sqlState(error) !== undefined) this.#refusesToWait = true;
      return undefined;
    }
  }

  #askUntil(lsn: number, withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiter.tell(false), withinMs);
      const waiter: Waiter = {
        lsn,
        tell: (reached) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(reached);
        },
      };
      this.#waiters.add(waiter);
      this.#pause = 0;
      if (!this.#asking) void this.#ask();
    });
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    while (this.#waiters.size > 0) {
      const answer = await this.node.positions.askBound(performance.now());
      for (const waiter of this.#waiters) {
        if (this.node.replayed >= waiter.lsn) waiter.tell(true);
        else if (answer === undefined) waiter.tell(false);
      }
      if (this.#waiters.size > 0) await sleep(PAUSES_MS[this.#pause]);
      this.#pause = Math.min(this.#pause + 1, PAUSES_MS.length - 1);
    }
    this.#asking = false;
  }
}
