import { setTimeout as sleep } from 'node:timers/promises';
import { BenchError } from '../machine/pure.js';
import { withClient } from './client.js';
import type { ConnectionConfig } from './cluster.js';

const STREAMING_TIMEOUT_MS = 30_000;

/**
 * Until the primary has so many replicas.
 *
 * @throws BenchError NOT_STREAMING (exit code 4) if that takes too long; the signal's reason
 */
export async function untilStreaming(
  primary: ConnectionConfig,
  replicas: number,
  signal: AbortSignal,
): Promise<void> {
  if (replicas === 0) return;
  const deadline = performance.now() + STREAMING_TIMEOUT_MS;
  await withClient(primary, async (client) => {
    while (performance.now() < deadline) {
      signal.throwIfAborted();
      const { rowCount } = await client.query(`SELECT FROM pg_stat_replication WHERE state = 'streaming'`);
      if (rowCount === replicas) return;
      await sleep(20);
    }
    throw new BenchError(
      'NOT_STREAMING',
      `The replica did not start streaming within ${STREAMING_TIMEOUT_MS / 1000} s.`,
      { exitCode: 4 },
    );
  });
}
