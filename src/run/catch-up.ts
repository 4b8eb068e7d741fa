import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, withClient } from '../cluster/index.js';
import { parseLsn, visibleAt } from '../router/nodes/index.js';

/** Far longer than a replica that keeps up needs. */
export const CATCH_UP_S = 30;
const POLL_MS = 50;

/** Until every replica has replayed what the primary has flushed. False if it takes over {@link CATCH_UP_S}. */
export async function catchUp(
  { primary, replicas }: Pick<Cluster, 'primary' | 'replicas'>,
  signal: AbortSignal,
): Promise<boolean> {
  if (replicas.length === 0) return true;
  return withClient(primary.monitor, async (client) => {
    const { rows } = await client.query('SELECT pg_current_wal_flush_lsn() AS lsn');
    const goal = visibleAt(parseLsn(rows[0].lsn));
    for (let waitedMs = 0; waitedMs < CATCH_UP_S * 1000; waitedMs += POLL_MS) {
      const behind = await client.query('SELECT replay_lsn AS lsn FROM pg_stat_replication');
      const replayed = behind.rows.map((r) => (r.lsn ? parseLsn(r.lsn) : 0));
      if (replayed.length >= replicas.length && replayed.every((lsn) => lsn >= goal)) return true;
      await sleep(POLL_MS, undefined, { signal });
    }
    return false;
  });
}
