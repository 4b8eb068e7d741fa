import os from 'node:os';
import { type Cluster, startEmbeddedCluster } from '../cluster/index.js';
import type { LoadTarget } from '../load/index.js';
import { registerChild } from '../machine/index.js';
import { BenchError } from '../machine/pure.js';
import type { Plan, Side, TraceKind } from '../record/pure.js';
import type { RoutingPolicy } from '../router/index.js';
import { type ServiceHandle, startService } from '../service/index.js';
import type { Prepared } from './prepare.js';

/** A request is given up after this long, in the search for a rate as in the run. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** The system under test, up and ready: the servers, and for HTTP traces the service on them. */
export interface Stage extends AsyncDisposable {
  cluster: Cluster;
  service: ServiceHandle | null;
  target: LoadTarget;
}

export async function startStage(request: {
  id: string;
  side: Side;
  prepared: Prepared;
  policy: RoutingPolicy;
  kind: TraceKind;
  signal: AbortSignal;
}): Promise<Stage> {
  const { id, side, prepared, policy, kind, signal } = request;
  const cluster = await startEmbeddedCluster({
    template: prepared.template,
    replicas: side === 'split' ? 1 : 0,
    nodeCpus: side === 'control' ? bothBudgets(prepared.cluster) : prepared.cluster.nodeCpus,
    cpuMethod: prepared.cluster.cpuMethod,
    settings: prepared.cluster.settings,
    runId: id,
    database: prepared.database,
    signal,
  });
  const router = {
    primary: cluster.primary.app,
    replicas: cluster.replicas.map((node) => node.app),
    monitors: { primary: cluster.primary.monitor, replicas: cluster.replicas.map((node) => node.monitor) },
    policy,
    poolSize: prepared.cluster.poolSize,
  };
  if (kind === 'sql') {
    return {
      cluster,
      service: null,
      target: { kind, router },
      [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
    };
  }
  try {
    const service = await startService({ ...router, signal });
    await registerChild(id, service.pid);
    return {
      cluster,
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

/**
 * Cores of the control's primary: what primary and replica of the split have together.
 * @throws BenchError CONTROL_IMPOSSIBLE where this machine can't give one server that much, or can't hold it to it
 */
export function bothBudgets({
  nodeCpus,
  cpuMethod,
}: Pick<Plan['cluster'], 'nodeCpus' | 'cpuMethod'>): number {
  if (cpuMethod === 'none') {
    throw new BenchError(
      'CONTROL_IMPOSSIBLE',
      'No CPU budgets can be set on this machine, so a primary with both of them would be the baseline again: see "bench doctor".',
    );
  }
  // Pinning deals out whole cores: two nodes of half a core have one each.
  const cpus = 2 * (cpuMethod === 'pinning' ? Math.ceil(nodeCpus) : nodeCpus);
  const cores = os.availableParallelism();
  if (cpus > cores) {
    throw new BenchError(
      'CONTROL_IMPOSSIBLE',
      `The control needs ${cpus} cores for its one primary, but this machine has ${cores}: make baseline, split and control with --node-cpus ${cores / 2} or less.`,
    );
  }
  return cpus;
}
