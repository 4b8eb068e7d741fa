import { setTimeout as sleep } from 'node:timers/promises';
import {
  copiesShareBlocks,
  explainFullDisk,
  NOTICE_MS,
  openRunDir,
  processLost,
  requireSpace,
  treeBytes,
} from '../../machine/index.js';
import type { PlannedNode } from '../../record/pure.js';
import { ALL_ALLOWED, type Cluster, type Node } from '../cluster.js';
import { withFreePorts } from '../free-ports.js';
import { untilStreaming } from '../streaming.js';
import { takeDownOnce } from '../take-down.js';
import { resolveBinaries } from './binaries.js';
import { EmbeddedNode, type NodeSetup } from './node.js';

export interface EmbeddedClusterOptions extends NodeSetup {
  /** The primary first. */
  nodes: PlannedNode[];
  runId: string;
  signal: AbortSignal;
}

/**
 * Starts a primary and, for the split, a streaming standby, each on its own copy of the template and in its own CPU
 * budget. Ready when all accept connections and the standby streams. Aborted, then or later, or failed, it leaves
 * nothing behind.
 *
 * @throws BenchError (a setting that the server refuses, a server that ends meanwhile, a full disk...), or the signal's
 *   reason
 */
export async function startEmbeddedCluster(options: EmbeddedClusterOptions): Promise<Cluster> {
  const { nodes, runId, signal, ...about } = options;
  const binaries = await resolveBinaries();
  await requireRoom(about.template.dir, nodes.length);
  signal.throwIfAborted();
  const run = openRunDir(runId, { forServers: true });
  const places = nodes.map(
    (node, slot) =>
      new EmbeddedNode({
        ...about,
        ...node,
        settings: { ...about.settings, ...node.settings },
        slot,
        binaries,
        run,
      }),
  );
  const dispose = takeDownOnce(signal, async () => {
    await Promise.allSettled(places.map((place) => place.dispose()));
    run.remove();
  });
  try {
    await allSettledOrThrow(places.map((place) => place.copy(signal)));
    const [primary, ...replicas] = await withFreePorts(places.length, (ports) =>
      allSettledOrThrow(
        places.map((place, i) => place.start({ port: ports[i]!, primaryPort: ports[0]!, signal })),
      ),
    );
    dispose.alsoOnAbort();
    const streaming = untilStreaming(primary!.admin, replicas.length, signal);
    await unlessLost(streaming, [primary!, ...replicas], signal);
    return {
      capabilities: ALL_ALLOWED,
      primary: primary!,
      replicas,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    // What breaks as all is ended on purpose says nothing.
    signal.throwIfAborted();
    throw explainFullDisk(error);
  }
}

/** What servers and bench write in a minute or two: WAL, logs, traces. */
const RUN_BYTES = 100e6;

/** @throws BenchError DISK_FULL if so many copies of a template find no room */
async function requireRoom(template: string, copies: number): Promise<void> {
  const copied = (await copiesShareBlocks()) ? 0 : copies * (await treeBytes(template));
  requireSpace(copied + RUN_BYTES, copies === 1 ? 'A server' : `A run with ${copies} servers`);
}

/**
 * What is waited for of servers, unless one of them ends.
 * @throws BenchError PROCESS_LOST, which is known a moment after what it brings about
 */
async function unlessLost(work: Promise<void>, servers: Node[], signal: AbortSignal): Promise<void> {
  const ends = servers.map(({ name, lost }) => lost.then((how) => processLost(`The ${name}'s server`, how)));
  const lost = Promise.race(ends).then((error) => Promise.reject(error));
  try {
    await Promise.race([work, lost]);
  } catch (error) {
    signal.throwIfAborted();
    await Promise.race([lost, sleep(NOTICE_MS)]);
    throw error;
  }
}

/** Waits for all before it throws the first failure: none may go on working while its surroundings are taken away. */
async function allSettledOrThrow<T>(tasks: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}
