import pg from 'pg';
import { monotonicMs } from '../../machine/index.js';
import { messageOf } from '../../machine/pure.js';
import type { NodeConfig } from '../../router/index.js';
import { cutConnection } from '../../router/nodes/index.js';
import { loadParser } from '../../router/sql/index.js';
import { operationOf } from './captured-errors.js';
import { type Blocker, LONG_WAIT_MS, LockWaitSum, type SeenWait } from './lock-waits.js';

/** Between two questions. */
const ASK_EVERY_MS = 1000;
const PATIENCE_MS = 2000;

/**
 * Who waits for a lock, who is before him, and since when. `waitstart` is PostgreSQL 14's; before that the statement's own start
 * has to do.
 */
const WHO_WAITS = `
  WITH waiting AS MATERIALIZED (
    SELECT pid, min((to_jsonb(k) ->> 'waitstart')::timestamptz) AS since FROM pg_locks k WHERE NOT granted GROUP BY pid
  ), waits AS MATERIALIZED (
    SELECT w.pid, w.query, w.query_start, coalesce(since, w.query_start) AS since, pg_blocking_pids(w.pid) AS blockers
    FROM waiting JOIN pg_stat_activity w USING (pid)
    WHERE w.application_name = $1 AND w.backend_type = 'client backend'
  )
  SELECT waits.pid, waits.query, waits.query_start::text AS statement, since::text AS wait,
         (extract(epoch FROM clock_timestamp() - since) * 1000)::float8 AS "ageMs",
         b.pid AS "holderPid", h.state, h.query AS "holderQuery", h.backend_type AS "backendType",
         h.application_name AS "application"
  FROM waits LEFT JOIN LATERAL unnest(blockers) AS b(pid) ON true LEFT JOIN pg_stat_activity h ON h.pid = b.pid`;

interface Row extends Pick<SeenWait, 'pid' | 'statement' | 'wait' | 'ageMs'> {
  query: string;
  /** 0 for a prepared transaction; null where nobody holds it any more. */
  holderPid: number | null;
  state: string | null;
  holderQuery: string | null;
  backendType: string | null;
  application: string | null;
}

/**
 * Asks the primary who holds what statements wait for, once a second at most, and only while one is unanswered for longer than
 * that. Who can't be asked is asked again later: a replay goes on without it.
 */
export class LockWatch {
  readonly #sum = new LockWaitSum();
  #client: pg.Client | undefined;
  #askedMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;
  #failure: string | undefined;

  /**
   * @param primary how to connect to it, best by a role that statement statistics leave out
   * @param application application_name of the replay's connections
   */
  constructor(
    readonly primary: NodeConfig,
    readonly application: string,
  ) {}

  /** To be told at 10 Hz for how long the oldest statement on its way is unanswered, in ms. */
  note(unansweredMs: number): void {
    const nowMs = monotonicMs();
    if (unansweredMs < LONG_WAIT_MS) {
      if (this.#sum.hasOpen && !this.#asking) this.#sum.see([], nowMs);
    } else if (!this.#asking && nowMs - this.#askedMs >= ASK_EVERY_MS) {
      this.#askedMs = nowMs;
      this.#asking = this.#ask().finally(() => {
        this.#asking = undefined;
      });
    }
  }

  async #ask(): Promise<void> {
    try {
      await loadParser();
      this.#client ??= await this.#connect();
      const { rows } = await this.#client.query<Row>({
        name: 'who',
        text: WHO_WAITS,
        values: [this.application],
      });
      this.#sum.see(waitsOf(rows, this.application), monotonicMs());
    } catch (error) {
      this.#failure ??= messageOf(error);
      this.#cut();
    }
  }

  async #connect(): Promise<pg.Client> {
    const { primary } = this;
    const client = new pg.Client({
      ...(typeof primary === 'string' ? { connectionString: primary } : primary),
      application_name: 'splitbench-locks',
      connectionTimeoutMillis: PATIENCE_MS,
      query_timeout: PATIENCE_MS,
    });
    client.on('error', () => {});
    await client.connect();
    return client;
  }

  #cut(): void {
    if (this.#client) cutConnection(this.#client);
    this.#client = undefined;
  }

  /** After the last answer. `failure`: why the primary gave no answer, in its own words, where it once gave none. */
  async end(): Promise<{ waits: ReturnType<LockWaitSum['result']>; failure: string | undefined }> {
    await this.#asking;
    this.#sum.see([], monotonicMs());
    this.#cut();
    return { waits: this.#sum.result(), failure: this.#failure };
  }
}

function waitsOf(rows: readonly Row[], application: string): SeenWait[] {
  const waits = new Map<number, SeenWait>();
  for (const row of rows) {
    const { pid, query, statement, wait, ageMs } = row;
    const known = waits.get(pid) ?? {
      pid,
      operation: operationOf(query),
      statement,
      wait,
      ageMs,
      blockers: [],
    };
    waits.set(pid, known);
    const blocker = blockerOf(row, application);
    if (blocker) known.blockers.push(blocker);
  }
  return [...waits.values()];
}

function blockerOf(row: Row, ours: string): Blocker | undefined {
  const { holderPid: pid, state, holderQuery, backendType, application } = row;
  if (pid === null) return undefined;
  if (pid === 0) return { pid, holder: 'a prepared transaction', state: 'prepared', ofReplay: false };
  const ofReplay = application === ours;
  const other = backendType === 'client backend' ? application || 'another client' : backendType;
  return {
    pid,
    holder: ofReplay ? operationOf(holderQuery ?? '') : (other ?? 'one that ended meanwhile'),
    state: state?.startsWith('idle in transaction')
      ? 'idle-in-transaction'
      : state === 'idle'
        ? 'idle'
        : 'active',
    ofReplay,
  };
}
