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
 * the bench's own is in it. Told when the window begins and ends (`mark`), since counters have no history.
 */
export interface StatementCounter extends AsyncDisposable {
  /** Forgets all that was counted so far, on every node. */
  reset(): Promise<void>;
  /** Takes a snapshot of all nodes; the first is the window's start, the second its end. */
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
  const snapshots: Map<Node, Snapshot>[] = [];
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
      snapshots.push(await takeAll());
    },
    async result() {
      const end = await takeAll();
      const statements: StatementObservation[] = [];
      const volume: RunRecord['volume'] = [];
      for (const node of nodes) {
        const texts = await readTexts(clients.get(node)!, catalog);
        const totals = { window: emptyTotals(), whole: emptyTotals() };
        for (const [queryId, whole] of end.get(node)!) {
          const { text, kind } = texts.get(queryId) ?? {
            text: '<unknown statement>',
            kind: 'other' as const,
          };
          const inWindow = subtract(
            snapshots[1]?.get(node)?.get(queryId),
            snapshots[0]?.get(node)?.get(queryId),
          );
          if (kind !== 'other') {
            add(totals.whole[kind], whole);
            add(totals.window[kind], inWindow);
          }
          if (inWindow.calls > 0) statements.push({ node: node.name, queryId, kind, text, ...inWindow });
        }
        volume.push({ node: node.name, ...totals });
      }
      return { statements, volume };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...clients.values()].map((c) => c.end().catch(() => {})));
    },
  };
}

const ZERO: Counters = { calls: 0, execMs: 0, rows: 0, blocks: 0 };
const emptyTotals = (): { read: VolumeTotals; write: VolumeTotals } => ({
  read: { ...ZERO },
  write: { ...ZERO },
});

function add(into: VolumeTotals, more: Counters): void {
  into.calls += more.calls;
  into.execMs += more.execMs;
  into.rows += more.rows;
  into.blocks += more.blocks;
}

function subtract(end: Counters = ZERO, start: Counters = ZERO): Counters {
  return {
    calls: end.calls - start.calls,
    execMs: end.execMs - start.execMs,
    rows: end.rows - start.rows,
    blocks: end.blocks - start.blocks,
  };
}

/** Without texts (`false`), so that a snapshot costs the server little; summed over top level and nested. */
async function take(client: pg.Client): Promise<Snapshot> {
  const { rows } = await client.query(`
    SELECT queryid::text AS id, sum(calls)::float8 AS calls, sum(total_exec_time)::float8 AS exec_ms,
           sum(rows)::float8 AS rows, sum(shared_blks_hit + shared_blks_read)::float8 AS blocks
    FROM pg_stat_statements(false)
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND userid = 'splitbench_app'::regrole
    GROUP BY queryid`);
  return new Map(
    rows.map((r) => [r.id, { calls: r.calls, execMs: r.exec_ms, rows: r.rows, blocks: r.blocks }]),
  );
}

/** Normalised text and kind of every statement; texts are normalised once more, for utility statements keep literals. */
async function readTexts(
  client: pg.Client,
  catalog: Catalog,
): Promise<Map<string, { text: string; kind: StatementObservation['kind'] }>> {
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
