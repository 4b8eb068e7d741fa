import type { Health } from '../nodes/health.js';
import type { ServerNode } from '../nodes/node.js';
import { ReplayWatch } from '../nodes/replay.js';
import type { Rule } from '../policy/rules.js';
import type { ConsistencyStats } from '../types.js';
import { askBound, askSoon, type Mark, MarkText, type Sent } from './marks.js';
import type { Open, RouterSession } from './session.js';

/** A transaction whose commit is flushed is over on the primary well within this time, in ms, however busy it is. */
const COMMIT_SHOWS_AFTER_MS = 100;

/** Whose request it is, and the policy's rule for it. */
interface Viewer {
  session: RouterSession | undefined;
  rule: Rule | undefined;
}

/** What a replica must have to answer a read. */
export interface Floor {
  /** The position that it must have replayed, in bytes from 0/0; 0 for any. */
  lsn: number;
  /** The mark of the one replica that may do so, if what that showed has no position yet. */
  home: Mark | undefined;
}

const ANY: Floor = { lsn: 0, home: undefined };
const NOTHING_OPEN: Open = { doubt: undefined, marks: [] };

/** What sessions have seen, and whether a replica has replayed it. */
export class Consistency {
  readonly #watches: Map<ServerNode, ReplayWatch>;
  readonly markText: MarkText;
  readonly stats: ConsistencyStats = { waits: 0, waitedMsTotal: 0, timeouts: 0 };

  /** @param tracks whether the policy has a rule that goes by positions; without one nothing is asked */
  constructor(
    readonly health: Health,
    readonly tracks: boolean,
  ) {
    this.#watches = new Map(health.nodes.map((node) => [node, new ReplayWatch(node)]));
    this.markText = new MarkText(health);
  }

  /**
   * What a replica must have to answer a read; undefined if that can't be known now: then no replica may. A promise only
   * where somebody must be asked.
   */
  floorOf(viewer: Viewer): Floor | Promise<Floor | undefined> {
    const { rule, session } = viewer;
    if (rule === undefined || !rule.byPosition) return ANY;
    const { lineage } = this.health;
    if (rule.mode === 'strict' || lineage === undefined) return this.settle(viewer);
    if (session === undefined) return ANY;
    const { marks } = session.open;
    const lsn = session.floor(lineage);
    const { home } = session;
    if (lsn === undefined || (marks.length > 0 && home === undefined)) return this.settle(viewer);
    return { lsn, home };
  }

  /**
   * As `floorOf`, for any replica: asks the nodes that a session has marks of where they are, and the primary if it is in
   * doubt, if one of them can't say, and for a strict rule.
   */
  async settle({ rule, session }: Viewer): Promise<Floor | undefined> {
    // A session that comes from a router that knows of a later promotion.
    if (this.health.lineage && session?.isAheadOf(this.health.lineage)) await this.health.checkNow();
    const open = session?.open ?? NOTHING_OPEN;
    if (session !== undefined && rule?.mode !== 'strict' && open.doubt === undefined) {
      await Promise.all(open.marks.map(askBound));
      const learnt = open.marks.filter((mark) => session.learn(mark));
      const lsn = this.health.lineage && session.floor(this.health.lineage);
      if (learnt.length === open.marks.length && lsn !== undefined) return { lsn, home: undefined };
    }
    const lsn = await this.#askPrimary(open);
    const { lineage } = this.health;
    if (lsn === undefined || lineage === undefined) return undefined;
    session?.settle(lineage, lsn, open);
    return { lsn: session?.floor(lineage) ?? lsn, home: undefined };
  }

  /** Where the primary is now: all that anybody was shown lies below that. */
  async #askPrimary({ doubt, marks }: Open): Promise<number | undefined> {
    const { primary } = this.health;
    if (primary === undefined) return undefined;
    const unflushed = doubt?.unflushed || marks.some((mark) => mark.unflushed);
    const log = unflushed ? primary.insertPositions : primary.positions;
    const bound = await log.askBound(performance.now());
    if (bound === undefined) void this.health.checkNow();
    return bound?.lsn;
  }

  /**
   * Whether the primary shows all that a session saw on a replica. A standby may show a commit a moment before its
   * primary does, where the transaction ends only after its WAL was flushed and sent. The primary shows it once its
   * oldest open transaction is a later one; where that is an old one, or it isn't known what was shown, time tells.
   */
  primaryShows(session: RouterSession): boolean {
    const { lineage, primary } = this.health;
    const positions = primary?.positions;
    const shows = (lsn: number, horizon: number) => {
      if (positions === undefined) return false;
      if (positions.hadReached(lsn, COMMIT_SHOWS_AFTER_MS)) return true;
      return lineage !== undefined && session.floor(lineage) === lsn && positions.shows(horizon);
    };
    if (!session.isAheadOfPrimary(shows)) return true;
    positions?.askSoon();
    return false;
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

  /** Where a statement is sent, for `saw` once it is answered. */
  sent(node: ServerNode): Sent {
    return { node, onReplica: node.role === 'replica', epoch: node.epoch, lineage: this.health.lineage };
  }

  /**
   * A statement of a session was answered just now, if only with an error.
   * @param unflushed whether it may be a commit that was answered before it was flushed
   */
  saw(session: RouterSession | undefined, sent: Sent, unflushed: boolean): void {
    const { node, onReplica, epoch, lineage } = sent;
    if (session === undefined) return;
    if (lineage === undefined) {
      session.lostSight();
      return;
    }
    const mark = { node, epoch, lineage, atMs: performance.now(), unflushed: unflushed && !onReplica };
    session.saw(mark, onReplica);
    askSoon(mark);
  }
}
