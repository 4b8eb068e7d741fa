import type { Cluster } from '../cluster/index.js';
import type { LoadTarget } from '../load/index.js';
import type { Side } from '../record/pure.js';
import type { RoutingPolicy } from '../router/index.js';
import { type ServiceHandle, startService } from '../service/index.js';
import type { Prepared } from './prepare.js';

/** A request is given up after this long, in the search for a rate as in the run. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** The system under test, up and ready: the servers, and for HTTP traces the service on them. */
export interface Stage extends AsyncDisposable {
  cluster: Cluster;
  service: ServiceHandle | null;
  policy: RoutingPolicy;
  target: LoadTarget;
}

/** @param about.policy by default that of the work */
export async function startStage(
  { spec, work, topology, data }: Prepared,
  about: { id: string; side: Side; policy?: RoutingPolicy; signal: AbortSignal },
): Promise<Stage> {
  const { id, side, policy = spec.policy, signal } = about;
  const kind = work.traceKind;
  const cluster = await data.start({ side, runId: id, signal });
  const router = {
    primary: cluster.primary.app,
    replicas: cluster.replicas.map((node) => node.app),
    monitors: { primary: cluster.primary.monitor, replicas: cluster.replicas.map((node) => node.monitor) },
    policy,
    poolSize: topology.poolSize,
  };
  if (kind === 'sql') {
    return {
      cluster,
      policy,
      service: null,
      target: { kind, router },
      [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
    };
  }
  try {
    const service = await startService({ ...router, runId: id, signal });
    return {
      cluster,
      policy,
      service,
      target: { kind, url: service.url },
      async [Symbol.asyncDispose]() {
        await service[Symbol.asyncDispose]();
        await cluster[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}
