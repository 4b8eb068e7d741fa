import pg from 'pg';
import { type Cluster, type Node, withClient } from '../cluster/index.js';
import type { RunRecord, StatementObservation, VolumeTotals } from '../record/pure.js';
import { cutConnection, isRouterStatement } from '../router/nodes/index.js';
import {
  type Catalog,
  categoryOf,
  classify,
  loadCatalog,
  loadParser,
  normalizeSql,
  statementKind,
} from '../router/sql/index.js';

/** Cumulative counters of one statement. */
interface Counters {
  calls: number;
  execMs: number;
  rows: number;
  blocks: number;
}

type Snapshot = Map<string, Counters>;

/**
 * Counts what each server executed, from pg_stat_statements: only the application role's statements, so nothing of
 * the bench's own is in it. Told when the window and its blocks begin and end (`mark`), since counters have no history.
 * A server that doesn't answer is taken to have counted nothing since it last did, and its counts are said to be short.
 */
export interface StatementCounter extends AsyncDisposable {
  /** Forgets all that was counted so far, on every node. */
  reset(): Promise<void>;
  /** Takes a snapshot of all nodes; the first is the window's start, each other the end of a block, the last the window's. */
  mark(): Promise<void>;
  /** Call after the last answer. */
  result(): Promise<{
    statements: StatementObservation[];
    volume: RunRecord['volume'];
  }>;
}

export async function countStatements(cluster: Cluster): Promise<StatementCounter> {
  await loadParser();
  const nodes = [cluster.primary, ...cluster.replicas].map((node) => new Counted(node));
  const close = () => {
    for (const node of nodes) node.close();
  };
  try {
    const catalog = await loadCatalog(await nodes[0]!.client());
    for (const node of nodes) await node.client();
    return {
      async reset() {
        for (const { node } of nodes) {
          // The monitor may read, not reset: that takes the superuser, once, before any load.
          const admin = { ...node.admin, database: node.app.database };
          await withClient(admin, (client) => client.query('SELECT pg_stat_statements_reset()'));
        }
      },
      async mark() {
        await Promise.all(nodes.map((node) => node.mark()));
      },
      async result() {
        await Promise.all(nodes.map((node) => node.finish()));
        const texts = new Map<string, Described>();
        for (const node of nodes) await node.readTexts(texts, catalog);
        const known = (queryId: string) => texts.get(queryId) ?? UNKNOWN;
        return {
          statements: nodes.flatMap((node) => node.statements(known)),
          volume: nodes.map((node) => node.volume(known)),
        };
      },
      async [Symbol.asyncDispose]() {
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** A server that hangs must not hold up the others' snapshots. */
const PATIENCE_MS = 2000;

/** What one node has counted. */
class Counted {
  /** Why its counts may be short; null if they are not. */
  #short: RunRecord['volume'][number]['short'] = null;
  #client: pg.Client | null = null;
  #now: Snapshot = new Map();
  #marked: Snapshot | null = null;
  readonly #blocks: Snapshot[] = [];

  constructor(readonly node: Node) {}

  async client(): Promise<pg.Client> {
    if (this.#client) return this.#client;
    const client = new pg.Client({
      ...this.node.monitor,
      application_name: 'splitbench-statements',
      connectionTimeoutMillis: PATIENCE_MS,
      query_timeout: PATIENCE_MS,
    });
    client.on('error', () => {});
    await client.connect();
    this.#client = client;
    return client;
  }

  async take(): Promise<void> {
    const snapshot = await this.#ask(take);
    if (snapshot) this.#now = snapshot;
  }

  async mark(): Promise<void> {
    await this.take();
    if (this.#marked) this.#blocks.push(growth(this.#marked, this.#now));
    this.#marked = this.#now;
  }

  /** The last snapshot, and whether the server threw away any statement since it was told to forget all. */
  async finish(): Promise<void> {
    await this.take();
    const discarded = await this.#ask(readDiscarded);
    if (discarded) this.#short = 'discarded';
  }

  /** Adds the statements that it knows. A replica numbers them as its primary does, so either knows the other's. */
  async readTexts(into: Map<string, Described>, catalog: Catalog): Promise<void> {
    for (const { id, query } of (await this.#ask(readTexts)) ?? []) into.set(id, described(query, catalog));
  }

  statements(known: (queryId: string) => Described): StatementObservation[] {
    return Array.from(sumOf(this.#blocks), ([queryId, counters]) => ({
      node: this.node.name,
      queryId,
      ...known(queryId),
      ...counters,
    }));
  }

  volume(known: (queryId: string) => Described): RunRecord['volume'][number] {
    const blocks = this.#blocks.map((block) => totalsOf(block, known));
    return {
      node: this.node.name,
      window: totalsOf(sumOf(this.#blocks), known),
      whole: totalsOf(this.#now, known),
      short: this.#short,
      blocks: { read: blocks.map(({ read }) => read), write: blocks.map(({ write }) => write) },
    };
  }

  /** Null where the node doesn't answer; it is asked on a new connection the next time. */
  async #ask<T>(question: (client: pg.Client) => Promise<T>): Promise<T | null> {
    try {
      return await question(await this.client());
    } catch {
      this.#short = 'no answer';
      this.close();
      return null;
    }
  }

  /** Without a goodbye, for which a server that hangs would be waited. */
  close(): void {
    if (this.#client) cutConnection(this.#client);
    this.#client = null;
  }
}

/** Texts are normalised once more than the server does, for utility statements keep their literals there. */
type Described = Pick<StatementObservation, 'text' | 'kind' | 'category'>;
const UNKNOWN: Described = { text: '<unknown statement>', kind: 'other' };
const NONE: Readonly<Counters> = { calls: 0, execMs: 0, rows: 0, blocks: 0 };

/** What was counted between two snapshots; statements that did not run are left out, so that many blocks stay small. */
function growth(start: Snapshot, end: Snapshot): Snapshot {
  const grown: Snapshot = new Map();
  for (const [queryId, now] of end) {
    const before = start.get(queryId) ?? NONE;
    // A server that crashed has forgotten what it counted, and begins anew.
    const { calls, execMs, rows, blocks } = now.calls < before.calls ? NONE : before;
    if (now.calls === calls) continue;
    grown.set(queryId, {
      calls: now.calls - calls,
      execMs: now.execMs - execMs,
      rows: now.rows - rows,
      blocks: now.blocks - blocks,
    });
  }
  return grown;
}

function sumOf(snapshots: Snapshot[]): Snapshot {
  const sum: Snapshot = new Map();
  for (const snapshot of snapshots) {
    for (const [queryId, counters] of snapshot) {
      const total = sum.get(queryId) ?? { ...NONE };
      add(total, counters);
      sum.set(queryId, total);
    }
  }
  return sum;
}

function totalsOf(
  snapshot: Snapshot,
  known: (queryId: string) => Described,
): { read: VolumeTotals; write: VolumeTotals } {
  const totals = { read: { ...NONE }, write: { ...NONE } };
  for (const [queryId, counters] of snapshot) {
    const { kind } = known(queryId);
    if (kind !== 'other') add(totals[kind], counters);
  }
  return totals;
}

function add(into: Counters, more: Counters): void {
  into.calls += more.calls;
  into.execMs += more.execMs;
  into.rows += more.rows;
  into.blocks += more.blocks;
}

/** Without texts (`false`), so that a snapshot costs the server little; summed over top level and nested. */
async function take(client: pg.Client): Promise<Snapshot> {
  const { rows } = await client.query({ name: 'take', text: TAKE });
  return new Map(
    rows.map((r) => [r.id, { calls: r.calls, execMs: r.exec_ms, rows: r.rows, blocks: r.blocks }]),
  );
}

const TAKE = `
    SELECT queryid::text AS id, sum(calls)::float8 AS calls, sum(total_exec_time)::float8 AS exec_ms,
           sum(rows)::float8 AS rows, sum(shared_blks_hit + shared_blks_read)::float8 AS blocks
    FROM pg_stat_statements(false)
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND userid = 'splitbench_app'::regrole
    GROUP BY queryid`;

async function readTexts(client: pg.Client): Promise<{ id: string; query: string }[]> {
  const { rows } = await client.query(`
    SELECT DISTINCT ON (queryid) queryid::text AS id, query FROM pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND userid = 'splitbench_app'::regrole`);
  return rows;
}

/**
 * How often the server made room for a new statement by forgetting the rarest.
 * @see https://www.postgresql.org/docs/current/pgstatstatements.html
 */
async function readDiscarded(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ dealloc: number }>(
    `SELECT dealloc::float8 FROM pg_stat_statements_info`,
  );
  return rows[0]!.dealloc;
}

function described(query: string, catalog: Catalog): Described {
  const text = normalizeSql(query);
  // What the router asks for its own sake is its cost, not the workload's volume.
  if (isRouterStatement(query) || isControl(query)) return { text, kind: 'other' };
  const category = categoryOf(classify(query, catalog));
  return category === 'write' ? { text, kind: 'write' } : { text, kind: 'read', category };
}

function isControl(sql: string): boolean {
  const { kind } = statementKind(sql);
  return kind !== 'other' && kind !== 'copy-data';
}
