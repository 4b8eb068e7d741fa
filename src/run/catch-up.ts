import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { type Node, withClient } from '../cluster/index.js';
import { formatSeconds, messageOf, wordsOf } from '../machine/pure.js';
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
  const ask = <T>({ name, monitor }: Node, use: (client: Client) => Promise<T>) =>
    withClient(monitor, use, { queryTimeoutMs: queryMs }).catch((error) => {
      throw new Error(
        `The ${name} could not be asked whether the replica had caught up (${wordsOf(error)}): its counts may be short.`,
      );
    });
  const untilReplayed = (replica: Node, goal: number) =>
    ask(replica, async (client) => {
      for (;;) {
        if (gone.has(replica)) return null;
        const { rows } = await client.query('SELECT pg_last_wal_replay_lsn() AS lsn');
        if (rows[0].lsn !== null && parseLsn(rows[0].lsn) >= goal) return null;
        if (performance.now() >= deadline) return late;
        await sleep(POLL_MS, undefined, { signal });
      }
    });
  try {
    const goal = await ask(primary, async (client) => {
      const { rows } = await client.query('SELECT pg_current_wal_flush_lsn() AS lsn');
      return visibleAt(parseLsn(rows[0].lsn));
    });
    const left = replicas.filter((replica) => !gone.has(replica));
    const told = await Promise.all(left.map((replica) => untilReplayed(replica, goal)));
    return told.find((each) => each !== null) ?? null;
  } catch (error) {
    return messageOf(error);
  }
}
