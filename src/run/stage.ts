import { Pool } from 'undici';
import { type Cluster, withClient } from '../cluster/index.js';
import type { LoadTarget } from '../load/index.js';
import type { Side } from '../record/pure.js';
import type { RoutingPolicy } from '../router/index.js';
import type { ServiceHandle } from '../service/index.js';
import { loadKeyCatalog } from '../workload/generated-keys/index.js';
import { type HttpEvent, readTrace } from '../workload/index.js';
import { oidsOn } from './parameter-types.js';
import type { Prepared } from './prepare.js';
import { connectionsOf } from './roles.js';

/** A request is given up after this long, in the search for a rate as in the run. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** Long enough for every pooled connection to have planned its statements, short beside any run. */
export const REHEARSAL_S = 4.5;

/** The system under test, up and ready: the servers, and the workload's service on them, if it has one. */
export interface Stage extends AsyncDisposable {
  cluster: Cluster;
  service: ServiceHandle | null;
  policy: RoutingPolicy;
  target: LoadTarget;
  /**
   * Sends the service, if there is one, a trace's first reads as fast as they are answered, before its schedule begins. A
   * fresh connection plans each statement anew for its first five executions, and a fresh server's caches are empty: at
   * 90 % load that work would pile up in the warm-up and its backlog reach into the measured window. The CPU budgets are
   * lifted meanwhile, or it would take three times as long. Both sides rehearse the same requests, and none of it is counted.
   */
  rehearse(traceFile: string): Promise<void>;
}

/** @param about.policy by default that of the work */
export async function startStage(
  { spec, work, topology, data, cast, parameterTypes }: Prepared,
  about: { id: string; side: Side; policy?: RoutingPolicy; signal: AbortSignal },
): Promise<Stage> {
  const { id, side, policy = spec.policy, signal } = about;
  const { poolSize } = topology;
  const { pooled } = work;
  const cluster = await data.start({ side, runId: id, signal });
  const nodes = [cluster.primary, ...cluster.replicas];
  const router = {
    primary: cluster.primary.app,
    replicas: cluster.replicas.map((node) => node.app),
    monitors: { primary: cluster.primary.monitor, replicas: cluster.replicas.map((node) => node.monitor) },
    policy,
    poolSize,
  };
  const roles = cast
    ? connectionsOf(cast, cluster, { poolSize, pooled, timeoutMs: REQUEST_TIMEOUT_MS })
    : undefined;
  const makeTarget = async () => {
    const service = (await work.startService?.({ ...router, runId: id, signal })) ?? null;
    const parameterOids = parameterTypes ? await oidsOn(cluster.primary, parameterTypes) : undefined;
    const keyCatalog = work.capture ? await withClient(cluster.primary.app, loadKeyCatalog) : undefined;
    const target: LoadTarget = service
      ? { kind: 'http', url: service.url }
      : { kind: 'sql', router, roles, pooled: pooled !== undefined, parameterOids, keyCatalog };
    return { service, target };
  };
  const { service, target } = await makeTarget().catch(async (error) => {
    await cluster[Symbol.asyncDispose]();
    throw error;
  });
  return {
    cluster,
    policy,
    service,
    target,
    async rehearse(traceFile) {
      if (!service) return;
      for (const node of nodes) node.enforceBudget(false);
      // Twice as many requests under way as the pools have connections, so that every one is used.
      await sendReads(traceFile, { url: service.url, connections: 2 * poolSize, signal });
      for (const node of nodes) node.enforceBudget(true);
    },
    async [Symbol.asyncDispose]() {
      await service?.[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
    },
  };
}

async function sendReads(
  traceFile: string,
  { url, connections, signal }: { url: string; connections: number; signal: AbortSignal },
): Promise<void> {
  const { events } = await readTrace(traceFile);
  const client = new Pool(url, { connections });
  // One listener for all requests: each would add its own to the run's signal.
  const stop = () => void client.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const endsAt = performance.now() + REHEARSAL_S * 1000;
  async function worker() {
    while (performance.now() < endsAt && !signal.aborted) {
      const next = await events.next();
      if (next.done) return;
      const { http } = next.value as HttpEvent;
      if (http.method !== 'GET') continue;
      // Some ask for what the trace itself has yet to write: not found is as good an answer here as any.
      const { body } = await client.request({ method: 'GET', path: http.path });
      await body.dump();
    }
  }
  try {
    await Promise.all(Array.from({ length: connections }, worker));
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    await events.return(undefined);
    await client.destroy();
  }
}
