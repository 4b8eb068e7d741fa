import type { Cluster } from '../cluster/index.js';
import type { LoadTarget } from '../load/index.js';
import type { Side } from '../record/pure.js';
import type { RoutingPolicy } from '../router/index.js';
import type { ServiceHandle } from '../service/index.js';
import type { Prepared } from './prepare.js';

/** A request is given up after this long, in the search for a rate as in the run. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** The system under test, up and ready: the servers, and the workload's service on them, if it has one. */
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
  const cluster = await data.start({ side, runId: id, signal });
  const router = {
    primary: cluster.primary.app,
    replicas: cluster.replicas.map((node) => node.app),
    monitors: { primary: cluster.primary.monitor, replicas: cluster.replicas.map((node) => node.monitor) },
    policy,
    poolSize: topology.poolSize,
  };
  const service =
    (await work.startService?.({ ...router, runId: id, signal }).catch(async (error) => {
      await cluster[Symbol.asyncDispose]();
      throw error;
    })) ?? null;
  return {
    cluster,
    policy,
    service,
    target: service ? { kind: 'http', url: service.url } : { kind: 'sql', router },
    async [Symbol.asyncDispose]() {
      await service?.[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
    },
  };
}
