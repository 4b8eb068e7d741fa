import pg from 'pg';
import type { Cluster, Node } from '../cluster/cluster.js';
import {
  type Catalog,
  classify,
  loadCatalog,
  loadParser,
  normalizeSql,
  statementKind,
} from '../router/classify.js';
import { isRouterStatement } from '../router/lsn.js';
import type { RunRecord, StatementObservation, VolumeTotals } from '../run/record.js';

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
 */
export interface StatementCounter extends AsyncDisposable {
  /** Forgets all that was counted so far, on every node. */
  reset(): Promise<void>;
  /** Takes a snapshot of all nodes; the first is the window's start, each other the end of a block, the last the window's. */
  mark(): Promise<void>;
  /** Call after the last answer. */
  result(): Promise<{ statements: StatementObservation[]; volume: RunRecord['volume'] }>;
}

export async function countStatements(cluster: Cluster): Promise<StatementCounter> {
  await loadParser();
  const nodes = [cluster.primary, ...cluster.replicas];
  const clients = new Map<Node, pg.Client>();
  for (const node of nodes) {
    const client = new pg.Client({ ...node.monitor, application_name: 'splitbench-statements' });
    client.on('error', () => {});
    await client.connect();
    clients.set(node, client);
  }
  const catalog = await loadCatalog(clients.get(cluster.primary)!);
  let last: Map<Node, Snapshot> | null = null;
  const blocks: Map<Node, Snapshot>[] = [];
  const takeAll = async () =>
    new Map(await Promise.all(nodes.map(async (n) => [n, await take(clients.get(n)!)] as const)));

  return {
    async reset() {
      for (const node of nodes) {
        // The monitor may read, not reset: that takes the superuser, once, before any load.
        const admin = new pg.Client({ ...node.admin, database: node.app.database });
        admin.on('error', () => {});
        await admin.connect();
        await admin.query('SELECT pg_stat_statements_reset()').finally(() => admin.end());
      }
    },
    async mark() {
      const now = await takeAll();
      if (last) blocks.push(new Map(nodes.map((n) => [n, growth(last!.get(n)!, now.get(n)!)])));
      last = now;
    },
    async result() {
      const end = await takeAll();
      const statements: StatementObservation[] = [];
      const volume: RunRecord['volume'] = [];
      for (const node of nodes) {
        const texts = await readTexts(clients.get(node)!, catalog);
        const known = (queryId: string) => texts.get(queryId) ?? UNKNOWN;
        const ofBlocks = blocks.map((block) => totalsOf(block.get(node)!, known));
        const inWindow = sumOf(blocks.map((block) => block.get(node)!));
        for (const [queryId, counters] of inWindow)
          statements.push({ node: node.name, queryId, ...known(queryId), ...counters });
        volume.push({
          node: node.name,
          window: totalsOf(inWindow, known),
          whole: totalsOf(end.get(node)!, known),
          blocks: { read: ofBlocks.map(({ read }) => read), write: ofBlocks.map(({ write }) => write) },
        });
      }
      return { statements, volume };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...clients.values()].map((c) => c.end().catch(() => {})));
    },
  };
}

type Described = Pick<StatementObservation, 'text' | 'kind'>;
const UNKNOWN: Described = { text: '<unknown statement>', kind: 'other' };
const NONE: Readonly<Counters> = { calls: 0, execMs: 0, rows: 0, blocks: 0 };

/** What was counted between two snapshots; statements that did not run are left out, so that many blocks stay small. */
function growth(start: Snapshot, end: Snapshot): Snapshot {
  const grown: Snapshot = new Map();
  for (const [queryId, now] of end) {
    const { calls, execMs, rows, blocks } = start.get(queryId) ?? NONE;
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

/** Normalised text and kind of every statement; texts are normalised once more, for utility statements keep literals. */
async function readTexts(client: pg.Client, catalog: Catalog): Promise<Map<string, Described>> {
  const { rows } = await client.query(`
    SELECT DISTINCT ON (queryid) queryid::text AS id, query FROM pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND userid = 'splitbench_app'::regrole`);
  return new Map(rows.map((r) => [r.id, { text: normalizeSql(r.query), kind: kindOf(r.query, catalog) }]));
}

/** What the router asks for its own sake is its cost, not the workload's volume. */
function kindOf(sql: string, catalog: Catalog): StatementObservation['kind'] {
  if (isRouterStatement(sql)) return 'other';
  const control = statementKind(sql).kind;
  if (control !== 'other' && control !== 'copy-data') return 'other';
  return classify(sql, catalog).target === 'replica' ? 'read' : 'write';
}
