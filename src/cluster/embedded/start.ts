import { setTimeout as sleep } from 'node:timers/promises';
import { cacheDir, explainFullDisk, openRunDir } from '../../machine/index.js';
import { BenchError } from '../../machine/pure.js';
import type { PlannedNode } from '../../record/pure.js';
import { withClient } from '../client.js';
import type { Cluster, ConnectionConfig } from '../cluster.js';
import { resolveBinaries } from './binaries.js';
import { EmbeddedNode, type NodeSetup } from './node.js';
import { withFreePorts } from './server.js';

export interface EmbeddedClusterOptions extends NodeSetup {
  /** The primary first. */
  nodes: PlannedNode[];
  runId: string;
  signal: AbortSignal;
}

/**
 * Starts a primary and, for the split, a streaming standby, each on its own copy of the template and in its own CPU
 * budget. Ready when all accept connections and the standby streams. Aborted or failed, it leaves nothing behind.
 *
 * @throws BenchError (a setting that the server refuses, a full disk...), or the signal's reason
 */
export async function startEmbeddedCluster(options: EmbeddedClusterOptions): Promise<Cluster> {
  const { nodes, runId, signal, ...about } = options;
  const binaries = await resolveBinaries();
  signal.throwIfAborted();
  const run = openRunDir(runId);
  const places = nodes.map((node, slot) => new EmbeddedNode({ ...about, ...node, slot, binaries, run }));
  const remove = async () => {
    await Promise.allSettled(places.map((place) => place.dispose()));
    run.remove();
  };
  let removed: Promise<void> | undefined;
  const dispose = () => {
    removed ??= remove();
    return removed;
  };
  try {
    await allSettledOrThrow(places.map((place) => place.copy(signal)));
    await withFreePorts(places.length, (ports) => startAll(places, ports, signal));
    const [primary, ...followers] = places.map((place) => place.node());
    await untilStreaming(primary!.admin, followers.length, signal);
    return {
      capabilities: { resettable: true, superuser: true, cpu: true },
      primary: primary!,
      replicas: followers,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw explainFullDisk(error, cacheDir());
  }
}

async function startAll(places: EmbeddedNode[], ports: number[], signal: AbortSignal): Promise<void> {
  const primaryPort = ports[0]!;
  try {
    await allSettledOrThrow(places.map((place, i) => place.start({ port: ports[i]!, primaryPort, signal })));
  } catch (error) {
    await Promise.all(places.map((place) => place.stop()));
    throw error;
  }
}

const STREAMING_TIMEOUT_MS = 30_000;

/** Until the primary has so many replicas. */
async function untilStreaming(
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

/** Waits for all before it throws the first failure: none may go on working while its surroundings are taken away. */
async function allSettledOrThrow(tasks: Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(tasks);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
