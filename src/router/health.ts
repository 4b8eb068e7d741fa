import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from './errors.js';
import type { Monitor } from './monitor.js';
import type { ReplicaStatus, RouterWarning } from './types.js';

/** Statements of a check. An LSN as bytes from 0/0 fits a double exactly for the first 8 PiB of WAL. */
export const PRIMARY_CHECK = `select pg_is_in_recovery() as standby, case when not pg_is_in_recovery()
  then (pg_current_wal_flush_lsn() - '0/0')::float8 end as lsn`;
export const REPLICA_CHECK = `select pg_is_in_recovery() as standby, (pg_last_wal_replay_lsn() - '0/0')::float8 as lsn`;

/** Samples of the primary that are kept, at one a second: older staleness than this is "at least so much". */
const HISTORY = 900;
/** A replica that hasn't replayed the sample just taken is asked again after these, in ms: most are a moment behind. */
const SECOND_LOOKS_MS = [0, 10, 30, 100];
const BAD_TO_LEAVE = 2;
const GOOD_TO_RETURN = 3;

/** The primary's flush position and when it was asked for, in ms. */
export interface PrimarySample {
  lsn: number;
  atMs: number;
}

/**
 * How far behind a replica is: 0 if it has replayed the newest sample, else the age of the newest one that it has;
 * null if it has replayed none. Right on an idle primary, and with a dead walreceiver.
 * @param samples oldest first
 */
export function stalenessMs(
  samples: readonly PrimarySample[],
  replayed: number,
  nowMs: number,
): number | null {
  const newest = samples.at(-1);
  if (newest !== undefined && replayed >= newest.lsn) return 0;
  const reached = samples.findLast((sample) => sample.lsn <= replayed);
  return reached === undefined ? null : nowMs - reached.atMs;
}

/** What the router knows of a replica. */
export class ReplicaHealth {
  healthy = false;
  /** Why it is out: answers too late, or not at all. */
  outFor: 'lag' | 'error' = 'error';
  lagMs: number | null = null;
  lagBytes: number | null = null;
  lastError: string | null = null;
  #bad = 0;
  #good = 0;
  #checkedBefore = false;

  constructor(
    readonly monitor: Monitor,
    readonly maxLagMs: number,
  ) {}

  get status(): ReplicaStatus {
    const { healthy, lagMs, lagBytes, lastError } = this;
    return { node: this.monitor.name, healthy, lagMs, lagBytes, lastError };
  }

  /** Takes one check's outcome in. Out after 2 bad ones, back after 3 at half the limit; the first decides alone. */
  record(error: string | null): 'out' | 'back' | undefined {
    this.lastError = error;
    const lag = error === null ? (this.lagMs ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
    const first = !this.#checkedBefore;
    this.#checkedBefore = true;
    if (lag > this.maxLagMs) this.outFor = error === null ? 'lag' : 'error';
    if (this.healthy || first) {
      this.#bad = lag <= this.maxLagMs ? 0 : this.#bad + 1;
      this.healthy = first ? this.#bad === 0 : this.#bad < BAD_TO_LEAVE;
      if (this.healthy) return undefined;
      this.#bad = this.#good = 0;
      return 'out';
    }
    this.#good = lag <= this.maxLagMs / 2 ? this.#good + 1 : 0;
    if (this.#good < GOOD_TO_RETURN) return undefined;
    this.healthy = true;
    return 'back';
  }
}

export interface HealthOptions {
  intervalMs: number;
  timeoutMs: number;
  onWarning: (warning: RouterWarning) => void;
}

/** Looks after all nodes on a timer of its own, the primary always first. */
export class Health {
  readonly #samples: PrimarySample[] = [];
  readonly #stopped = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly primary: Monitor,
    readonly replicas: readonly ReplicaHealth[],
    readonly options: HealthOptions,
  ) {}

  /** Checks every replica once against the sample given, then goes on by itself. */
  async start(first: PrimarySample): Promise<void> {
    this.#samples.push(first);
    await Promise.all(this.replicas.map((replica) => this.#check(replica)));
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    await Promise.all(
      [this.primary, ...this.replicas.map((replica) => replica.monitor)].map((node) => node.close()),
    );
  }

  #schedule(): void {
    if (this.#stopped.signal.aborted) return;
    // ± 20 %, so that many routers don't ask in step.
    const delayMs = this.options.intervalMs * (0.8 + 0.4 * Math.random());
    this.#timer = setTimeout(() => void this.#round().finally(() => this.#schedule()), delayMs);
  }

  async #round(): Promise<void> {
    await this.#samplePrimary();
    await Promise.all(this.replicas.map((replica) => this.#check(replica)));
  }

  /** Without an answer the old samples stand: a replica that has replayed the newest of them is not behind. */
  async #samplePrimary(): Promise<void> {
    const atMs = performance.now();
    try {
      const [result] = await this.primary.ask(PRIMARY_CHECK, this.options.timeoutMs);
      const { standby, lsn } = result!.rows[0];
      if (standby) return;
      this.#samples.push({ lsn, atMs });
      if (this.#samples.length > HISTORY) this.#samples.shift();
    } catch {}
  }

  async #check(replica: ReplicaHealth): Promise<void> {
    let error: string | null = null;
    try {
      await this.#measure(replica);
    } catch (cause) {
      error = errorText(cause);
      replica.lagMs = replica.lagBytes = null;
    }
    if (this.#stopped.signal.aborted) return;
    const turn = replica.record(error);
    if (turn !== undefined) this.#warn(replica, turn);
  }

  async #measure(replica: ReplicaHealth): Promise<void> {
    const newest = this.#samples.at(-1)!;
    for (const lookMs of SECOND_LOOKS_MS) {
      if (lookMs > 0) await sleep(lookMs, undefined, { signal: this.#stopped.signal });
      const [result] = await replica.monitor.ask(REPLICA_CHECK, this.options.timeoutMs);
      const { standby, lsn } = result!.rows[0];
      if (!standby) throw new Error('it is not a standby');
      const nowMs = performance.now();
      const replayed: number = lsn ?? 0;
      const caughtUp = replayed >= newest.lsn;
      // Caught up at a later look: it was behind at the first, by no more than the time since the sample.
      replica.lagMs =
        caughtUp && lookMs > 0 ? nowMs - newest.atMs : stalenessMs(this.#samples, replayed, nowMs);
      replica.lagBytes = Math.max(0, newest.lsn - replayed);
      if (caughtUp) return;
    }
  }

  #warn(replica: ReplicaHealth, turn: 'out' | 'back'): void {
    const node = replica.monitor.name;
    if (turn === 'back') {
      this.options.onWarning({ code: 'replica-back', node, message: `${node} is used again.` });
      return;
    }
    const lag = replica.lagMs === null ? 'an unknown time' : `${Math.round(replica.lagMs)} ms`;
    const why = replica.lastError ?? `it is ${lag} behind, ${Math.round(replica.maxLagMs)} ms are allowed`;
    this.options.onWarning({ code: 'replica-out', node, message: `${node} is not used: ${why}.` });
  }
}
