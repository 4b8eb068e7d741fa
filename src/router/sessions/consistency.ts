import type { Health } from '../nodes/health.js';
import { PrimaryProgress } from '../nodes/lag.js';
import { visibleAt } from '../nodes/lsn.js';
import type { ServerNode } from '../nodes/node.js';
import { INSERT_POSITION, POSITION } from '../nodes/questions.js';
import { ReplayWatch } from '../nodes/replay.js';
import type { Lineage } from '../nodes/roles.js';
import type { Rule } from '../policy/rules.js';
import { SharedFetch } from '../shared-fetch.js';
import type { ConsistencyStats } from '../types.js';
import type { RouterSession } from './session.js';

const ANSWER_TIMEOUT_MS = 1000;
/** A transaction whose commit is flushed is over on the primary well within this time, in ms, however busy it is. */
const COMMIT_SHOWS_AFTER_MS = 100;
/** How finely the primary's progress is remembered for that, in ms, and how many times. */
const PROGRESS_EVERY_MS = 25;
const PROGRESS_KEPT = 8;

/** Whose request it is, and the policy's rule for it. */
interface Viewer {
  session: RouterSession | undefined;
  rule: Rule | undefined;
}

/** What sessions have seen, and whether a replica has replayed it. */
export class Consistency {
  readonly #watches: Map<ServerNode, ReplayWatch>;
  readonly #flushed = new SharedFetch(() => this.#askPrimary(POSITION));
  readonly #inserted = new SharedFetch(() => this.#askPrimary(INSERT_POSITION));
  readonly #progress = new PrimaryProgress(PROGRESS_KEPT);
  /** The timeline that these are on. */
  #progressOn = 0;
  readonly stats: ConsistencyStats = { waits: 0, waitedMsTotal: 0, timeouts: 0 };

  /** @param tracks whether the policy has a rule that goes by positions; without one nothing is asked */
  constructor(
    readonly health: Health,
    readonly tracks: boolean,
  ) {
    this.#watches = new Map(health.nodes.map((node) => [node, new ReplayWatch(node)]));
  }

  /**
   * The position that a replica must have replayed to answer a read, in bytes from 0/0; 0 for any, undefined if it
   * can't be known now: then no replica may answer.
   */
  floorOf({ rule, session }: Viewer): number | Promise<number | undefined> {
    if (rule === undefined || !rule.byPosition) return 0;
    const { lineage } = this.health;
    if (rule.mode === 'strict' || lineage === undefined) return this.#settle(session);
    if (session === undefined) return 0;
    return session.floor(lineage) ?? this.#settle(session);
  }

  /**
   * Whether the primary shows all that a session saw on a replica. A standby may show a commit a moment before its
   * primary does, where the transaction ends only after its WAL was flushed and sent; nothing but time tells.
   */
  primaryShows(session: RouterSession): boolean {
    const { progress } = this.health;
    return !session.isAheadOfPrimary(
      (lsn) =>
        this.#progress.hadReached(lsn, COMMIT_SHOWS_AFTER_MS) ||
        progress.hadReached(lsn, COMMIT_SHOWS_AFTER_MS),
    );
  }

  /** The primary had flushed this position at this moment, as one of its answers says. */
  #noteProgress({ timeline }: Lineage, lsn: number): void {
    const atMs = performance.now();
    if (timeline !== this.#progressOn) this.#progress.clear();
    this.#progressOn = timeline;
    const { newest } = this.#progress;
    if (newest === undefined || atMs - newest.atMs >= PROGRESS_EVERY_MS) this.#progress.add(lsn, atMs);
  }

  async #settle(session: RouterSession | undefined): Promise<number | undefined> {
    // A session that comes from a router that knows of a later promotion.
    if (this.health.lineage && session?.isAheadOf(this.health.lineage)) await this.health.checkNow();
    // What it is in doubt of may have been committed with synchronous_commit off, and not be flushed.
    const doubt = session?.doubt;
    const lsn = await (doubt === undefined ? this.#flushed : this.#inserted).get();
    const { lineage } = this.health;
    if (lsn === undefined || lineage === undefined) return undefined;
    session?.settle(lineage, lsn, doubt);
    return session?.floor(lineage) ?? lsn;
  }

  async #askPrimary(position: string): Promise<number | undefined> {
    const { primary } = this.health;
    if (primary === undefined) return undefined;
    try {
      const [answer] = await primary.monitor.ask(position, ANSWER_TIMEOUT_MS);
      return visibleAt(answer!.rows[0].lsn);
    } catch {
      void this.health.checkNow();
      return undefined;
    }
  }

  /** The first of some replicas to have replayed a position; undefined if none has within the time given, in ms. */
  async firstToReach(
    nodes: readonly ServerNode[],
    lsn: number,
    withinMs: number,
  ): Promise<ServerNode | undefined> {
    const startedMs = performance.now();
    const first = await Promise.any(
      nodes.map(async (node) => {
        const reached = await this.#watches.get(node)!.reaches(lsn, withinMs);
        return reached ? node : Promise.reject();
      }),
    ).catch(() => undefined);
    this.stats.waits++;
    this.stats.waitedMsTotal += performance.now() - startedMs;
    if (first === undefined) this.stats.timeouts++;
    return first;
  }

  /** Whether what a request reads or writes must be remembered by its session. */
  concerns({ session, rule }: Viewer): boolean {
    // Without a rule it is a write; a rule for the primary shows the newest there is, which a replica may lack.
    return this.tracks && session !== undefined && (rule === undefined || !rule.toReplica || rule.byPosition);
  }

  /**
   * What a session read or wrote lies below this position.
   * @param lineage what it was when the statement was sent
   * @param lsn undefined: it could not be asked for, and the session is in doubt
   */
  saw(
    session: RouterSession | undefined,
    node: ServerNode,
    lineage: Lineage | undefined,
    lsn: number | undefined,
  ): void {
    if (session === undefined) return;
    if (lsn === undefined || lineage === undefined) session.lostSight();
    else if (node.role === 'replica') {
      node.noteReplayed(lsn);
      session.sawUpTo(lineage, lsn, true);
    } else {
      this.#noteProgress(lineage, visibleAt(lsn));
      session.sawUpTo(lineage, visibleAt(lsn));
    }
  }
}
