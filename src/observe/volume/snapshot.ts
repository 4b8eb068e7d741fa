import type { Client } from 'pg';
import type { VolumeTotals } from '../../record/pure.js';

/** Cumulative counters by statement, as pg_stat_statements has them. */
export type Snapshot = Map<string, VolumeTotals>;

/** Without texts (`false`), so that a snapshot costs the server little; summed over top level and nested. */
export async function takeSnapshot(client: Client): Promise<Snapshot> {
  const { rows } = await client.query<{ id: string } & VolumeTotals>({ name: 'take', text: TAKE });
  return new Map(rows.map(({ id, ...totals }) => [id, totals]));
}

/**
 * Whoever runs them but the superuser of the bench's own servers: a captured session runs as its role, and may change it. On
 * servers that others run, one role does everything, whatever it is called.
 */
const OF_THE_APPLICATION = `
  dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND userid IS DISTINCT FROM nullif(to_regrole('splitbench'), current_user::regrole)`;

const TAKE = `
  SELECT queryid::text AS id, sum(calls)::float8 AS calls, sum(total_exec_time)::float8 AS "execMs",
         sum(rows)::float8 AS rows, sum(shared_blks_hit + shared_blks_read)::float8 AS blocks
  FROM pg_stat_statements(false) WHERE ${OF_THE_APPLICATION} GROUP BY queryid`;

export async function readTexts(client: Client): Promise<{ id: string; query: string }[]> {
  const { rows } = await client.query(`
    SELECT DISTINCT ON (queryid) queryid::text AS id, query FROM pg_stat_statements WHERE ${OF_THE_APPLICATION}`);
  return rows;
}

/**
 * How often the server made room for a new statement by forgetting the rarest.
 * @see https://www.postgresql.org/docs/current/pgstatstatements.html
 */
export async function readDiscarded(client: Client): Promise<number> {
  const { rows } = await client.query(`SELECT dealloc::float8 FROM pg_stat_statements_info`);
  return rows[0]!.dealloc;
}

const NONE: Readonly<VolumeTotals> = { calls: 0, execMs: 0, rows: 0, blocks: 0 };

/** What was counted between two snapshots; statements that did not run are left out, so that many blocks stay small. */
export function growth(start: Snapshot, end: Snapshot): Snapshot {
  const grown: Snapshot = new Map();
  for (const [id, now] of end) {
    const before = start.get(id) ?? NONE;
    const { calls, execMs, rows, blocks } = hasBegunAnew(before, now) ? NONE : before;
    if (now.calls === calls) continue;
    grown.set(id, {
      calls: now.calls - calls,
      execMs: now.execMs - execMs,
      rows: now.rows - rows,
      blocks: now.blocks - blocks,
    });
  }
  return grown;
}

/**
 * A server that crashed has forgotten what it counted, and one without room the statement: by now either may have been
 * called more often than before, and yet have cost less.
 */
function hasBegunAnew(before: VolumeTotals, now: VolumeTotals): boolean {
  const isLess = now.calls < before.calls || now.rows < before.rows || now.blocks < before.blocks;
  // Without a call its time may differ too, in the last digits: by the order in which the server adds it up.
  return isLess || (now.calls > before.calls && now.execMs < before.execMs);
}

export function addedUp(snapshots: Snapshot[]): Snapshot {
  const sum: Snapshot = new Map();
  for (const [id, totals] of snapshots.flatMap((snapshot) => [...snapshot])) {
    const total = sum.get(id) ?? { ...NONE };
    add(total, totals);
    sum.set(id, total);
  }
  return sum;
}

/** The totals of the statements that count. */
export function totalsOf(snapshot: Snapshot, counts: (id: string) => boolean): VolumeTotals {
  const totals = { ...NONE };
  for (const [id, counted] of snapshot) if (counts(id)) add(totals, counted);
  return totals;
}

function add(into: VolumeTotals, more: VolumeTotals): void {
  into.calls += more.calls;
  into.execMs += more.execMs;
  into.rows += more.rows;
  into.blocks += more.blocks;
}
