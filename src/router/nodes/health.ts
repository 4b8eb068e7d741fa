import { setTimeout as sleep } from 'node:timers/promises';
import { errorText, routerClosed } from '../errors.js';
import { SharedFetch } from '../shared-fetch.js';
import type { RouterWarning, Warnings } from '../warnings.js';
import { isHealthTimeout } from './failures.js';
import { measureLag, PrimaryProgress } from './lag.js';
import type { ServerNode } from './node.js';
import { type Lineage, type NodeState, whyNotReplica, writersOf } from './roles.js';

/** Samples of the primary that are kept, at one a second: older staleness than this is "at least so much". */
const SAMPLES_KEPT = 900;
/** A node that has answered nothing for this long, in ms or in checks, hangs: what was asked of it won't be answered. */
const HUNG_MS = 3000;
const HUNG_INTERVALS = 3;
/** How often a search is made for a primary while there is none, in ms. */
const SEARCH_INTERVAL_MS = 100;

/**
 * Looks after all nodes on a timer of its own: which is the primary, how far behind the replicas are. The primary is
 * asked first, so that no replica is compared with a position newer than its own answer.
 */
export class Health {
  /** The node that takes writes; undefined while there is none. */
  primary: ServerNode | undefined;
  /** The cluster's system id, and the highest timeline that its primary was seen on. */
  lineage: Lineage | undefined;
  /** Two nodes that both take writes on one timeline: neither may have any. */
  splitBrain: ServerNode[] | undefined;
  /** How often another node became the primary. */
  promotions = 0;
  /** Of the primary, by its health checks. */
  readonly progress = new PrimaryProgress(SAMPLES_KEPT);
  #lastPrimary: ServerNode | undefined;
  readonly #checking = new Map<ServerNode, Promise<void>>();
  readonly #measuring = new Set<ServerNode>();
  readonly #stopped = new AbortController();
  #waitsNoLonger = false;
  readonly #awaited = new Set<() => void>();
  readonly #rounds = new SharedFetch(() => this.#runRound());
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly nodes: readonly ServerNode[],
    readonly options: { intervalMs: number; timeoutMs: number },
    readonly warnings: Warnings,
  ) {}

  /** Assigns roles to nodes that have been asked already, then goes on by itself. */
  async start(): Promise<void> {
    const first = this.nodes.find(({ state }) => state !== undefined);
    if (first) this.lineage = { systemId: first.state!.systemId, timeline: 0 };
    this.#assignRoles();
    await this.#measureReplicas();
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    this.waitNoLonger();
    await Promise.all(this.nodes.map((node) => node.monitor.close()));
  }

  /** Refuses whoever waits for a primary. */
  waitNoLonger(): void {
    this.#waitsNoLonger = true;
    for (const done of this.#awaited) done();
  }

  /**
   * A round of checks that begins after this call, for when something shows that the last one is out of date.
   * However many ask, one runs at a time and one waits.
   */
  checkNow(): Promise<void> {
    if (this.#stopped.signal.aborted) return Promise.resolve();
    return this.#rounds.get();
  }

  /**
   * Waits until some node takes writes, for so many ms at most.
   * @throws RouterError `CLOSED`
   */
  async untilPrimary(withinMs: number): Promise<void> {
    if (this.primary !== undefined) return;
    if (this.#waitsNoLonger) throw routerClosed();
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#awaited.delete(done);
        resolve();
      };
      const timer = setTimeout(done, withinMs);
      this.#awaited.add(done);
    });
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#stopped.signal.aborted) return;
    // ± 20 %, so that many routers don't ask in step.
    const usualMs = this.options.intervalMs * (0.8 + 0.4 * Math.random());
    const delayMs = this.primary === undefined ? Math.min(usualMs, SEARCH_INTERVAL_MS) : usualMs;
    this.#timer = setTimeout(() => void this.checkNow(), delayMs);
  }

  async #runRound(): Promise<void> {
    clearTimeout(this.#timer);
    const first = this.primary;
    if (first) await this.#check(first);
    await Promise.all(this.nodes.filter((node) => node !== first).map((node) => this.#check(node)));
    if (this.#stopped.signal.aborted) return;
    this.#assignRoles();
    // Not awaited: who is the primary must be found out again while a late replica is being followed.
    void this.#measureReplicas();
    this.#schedule();
  }

  /** Asks a node what it is. Not awaited for longer than an answer may take: connecting to one that hangs takes longer. */
  async #check(node: ServerNode): Promise<void> {
    let checking = this.#checking.get(node);
    if (checking === undefined) {
      checking = this.#askForState(node).finally(() => this.#checking.delete(node));
      this.#checking.set(node, checking);
    }
    await Promise.race([checking, sleep(2 * this.options.timeoutMs, undefined, { ref: false })]);
    if (this.#checking.has(node)) node.state = undefined;
  }

  async #askForState(node: ServerNode): Promise<void> {
    const atMs = performance.now();
    try {
      await node.check(this.options.timeoutMs).catch((error) => {
        // The connection may have been cut while nobody used it, by a restart say: that is no answer.
        if (isHealthTimeout(error)) throw error;
        return node.check(this.options.timeoutMs);
      });
      if (node === this.primary && !node.state!.standby) this.progress.add(node.state!.lsn, atMs);
    } catch {
      // Reads of a replica that hangs are answered by another, once its connections are cut; writes are in doubt.
      if (this.#hangs(node)) node.pool.cut();
    }
  }

  #hangs(node: ServerNode): boolean {
    const limitMs = Math.max(HUNG_MS, HUNG_INTERVALS * this.options.intervalMs);
    return performance.now() - node.answeredAtMs > limitMs;
  }

  /** Decides by the last answers who is what. */
  #assignRoles(): void {
    const writers = writersOf(this.#lastPrimaryFirst(), this.lineage);
    const [writer] = writers;
    this.splitBrain = undefined;
    if (writers.length > 1) this.#reportSplitBrain(writers);
    else if (writer?.state !== undefined) this.#promote(writer, writer.state);
    else if (this.primary && !this.#mayStillBe(this.primary)) this.#lose(this.primary);
    for (const node of this.nodes) node.role = this.#roleOf(node);
  }

  /** Of two addresses of the server that takes writes, the one in use stays. */
  #lastPrimaryFirst(): ServerNode[] {
    return this.nodes.toSorted((a, b) => Number(b === this.#lastPrimary) - Number(a === this.#lastPrimary));
  }

  async #measureReplicas(): Promise<void> {
    const others = this.nodes.filter((node) => node !== this.primary && !this.#measuring.has(node));
    for (const node of others) this.#measuring.add(node);
    await Promise.all(others.map((node) => this.#measure(node).finally(() => this.#measuring.delete(node))));
  }

  /** One that doesn't answer in time may only be busy; one that can't be reached, or says it is a standby, is none. */
  #mayStillBe(primary: ServerNode): boolean {
    return primary.state === undefined && primary.reachable && !this.#hangs(primary);
  }

  #roleOf(node: ServerNode): ServerNode['role'] {
    if (node === this.primary) return 'primary';
    // Out of reach, it is what it was, but for a primary that was lost.
    if (node.state === undefined) return node.role === 'primary' ? 'unknown' : node.role;
    return this.#whyNot(node.state) === null ? 'replica' : 'unknown';
  }

  #whyNot(state: NodeState): string | null {
    const { lineage } = this;
    if (lineage === undefined) return null;
    const deposed = this.nodes.some(
      (other) =>
        other.state?.standby === false &&
        other.state.systemId === lineage.systemId &&
        other.state.timeline < lineage.timeline,
    );
    return whyNotReplica(state, lineage, deposed) ?? null;
  }

  #promote(node: ServerNode, { systemId, timeline, lsn }: NodeState): void {
    const same = node === this.primary && timeline === this.lineage?.timeline;
    this.lineage = { systemId, timeline };
    if (same) return;
    for (const each of this.nodes) each.beginEpoch();
    node.positions.clear();
    node.insertPositions.clear();
    if (node === this.primary) return;
    const before = this.#lastPrimary;
    this.primary = this.#lastPrimary = node;
    this.progress.clear();
    this.progress.add(lsn, performance.now());
    for (const done of this.#awaited) done();
    if (before === undefined) return;
    if (before !== node) {
      this.promotions++;
      // What it still commits is not the cluster's: whoever waits for that is told that it is in doubt.
      before.pool.cut();
    }
    const again = before === node ? 'again' : `instead of ${before.name}`;
    this.#warn('primary-changed', node, `${node.name} takes writes now, ${again}.`);
  }

  #lose(node: ServerNode): void {
    this.primary = undefined;
    const why = node.health.lastError ?? 'it is a standby';
    this.#warn('primary-lost', node, `${node.name} takes no writes: ${why}.`);
  }

  #reportSplitBrain(nodes: ServerNode[]): void {
    this.primary = undefined;
    this.splitBrain = nodes;
    const names = nodes.map((node) => node.name).join(' and ');
    const message = `${names} both take writes on the same timeline: none is written to until one of them stops.`;
    this.warnings.say({ code: 'split-brain', node: names, message });
  }

  /** Finds out how far behind a replica is and whether it is fit to be read from. */
  async #measure(node: ServerNode): Promise<void> {
    const { timeoutMs } = this.options;
    const { signal } = this.#stopped;
    let error: string | null = null;
    try {
      error = node.state ? this.#whyNot(node.state) : (node.health.lastError ?? 'it did not answer in time');
      if (error === null) await measureLag(node, this.progress, { timeoutMs, signal });
    } catch (cause) {
      error = errorText(cause);
    }
    if (this.#stopped.signal.aborted) return;
    if (error !== null) node.breaker.failure();
    const turn = node.health.record(error);
    if (turn === 'back') this.#warn('replica-back', node, `${node.name} is used again.`);
    if (turn === 'out') this.#warn('replica-out', node, `${node.name} is not used: ${why(node)}.`);
  }

  #warn(code: RouterWarning['code'], node: ServerNode, message: string): void {
    this.warnings.say({ code, node: node.name, message });
  }
}

function why({ health }: ServerNode): string {
  if (health.lastError !== null) return health.lastError;
  const lag = health.lagMs === null ? 'an unknown time' : `${Math.round(health.lagMs)} ms`;
  const bytes = Number.isFinite(health.maxLagBytes) ? ` or ${health.maxLagBytes} bytes` : '';
  return `it is ${lag} and ${health.lagBytes ?? 'unknown'} bytes behind, ${Math.round(health.maxLagMs)} ms${bytes} are allowed`;
}
