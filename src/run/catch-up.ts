import { setTimeout as sleep } from 'node:timers/promises';
import { withClient } from '../cluster/index.js';
import { formatSeconds, wordsOf } from '../machine/pure.js';
import { parseLsn, visibleAt } from '../router/nodes/index.js';
import { REQUEST_TIMEOUT_MS, type Stage } from './stage.js';

/** In all: far longer than a replica that keeps up needs to replay what is left. And for an answer of the primary. */
const PATIENCE = { totalMs: 30_000, queryMs: REQUEST_TIMEOUT_MS };
const POLL_MS = 50;

/**
 * After the last answer: until every replica has replayed what the primary has flushed, or one has ended, which nobody need
 * wait for.
 * @returns what the record is to say where that was not seen, in a sentence; else null
 */
export async function catchUp(
  { cluster: { primary, replicas }, gone, signal }: Pick<Stage, 'cluster' | 'gone' | 'signal'>,
  { totalMs, queryMs } = PATIENCE,
): Promise<string | null> {
  if (replicas.length === 0) return null;
  const deadline = performance.now() + totalMs;
  const late = `The replica was not seen to have caught up ${formatSeconds(totalMs / 1000)} after the last answer: its counts may be short.`;
  const caughtUp = withClient(
    primary.monitor,
    async (client) => {
      const { rows } = await client.query('SELECT pg_current_wal_flush_lsn() AS lsn');
      const goal = visibleAt(parseLsn(rows[0].lsn));
      for (;;) {
        if (gone.size > 0) return null;
        const behind = await client.query('SELECT replay_lsn AS lsn FROM pg_stat_replication');
        const replayed = behind.rows.map((r) => (r.lsn ? parseLsn(r.lsn) : 0));
        if (replayed.length >= replicas.length && replayed.every((lsn) => lsn >= goal)) return null;
        if (performance.now() >= deadline) return late;
        await sleep(POLL_MS, undefined, { signal });
      }
    },
    { queryTimeoutMs: queryMs },
  );
  return caughtUp.catch((error) => {
    const why = wordsOf(error);
    return `The primary could not be asked whether the replica had caught up (${why}): its counts may be short.`;
  });
}
