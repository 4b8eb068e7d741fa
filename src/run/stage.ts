import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, type Node, withClient } from '../cluster/index.js';
import type { LoadTarget } from '../load/index.js';
import { explainFullDisk, NOTICE_MS, processLost } from '../machine/index.js';
import type { Side } from '../record/pure.js';
import type { RoutingPolicy } from '../router/index.js';
import type { ServiceConfig, ServiceHandle } from '../service/index.js';
import { loadKeyCatalog } from '../workload/generated-keys/index.js';
import { ownStatements } from './own-statements.js';
import { oidsOn } from './parameter-types.js';
import type { Prepared } from './prepare.js';
import type { RunContext } from './progress.js';
import { sendReads } from './rehearse.js';
import { asReplica, connectionsOf } from './roles.js';

/** A request is given up after this long, in the search for a rate as in the run. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** The system under test, up and ready: the servers, and the workload's service on them, if it has one. */
export interface Stage {
  /** Aborted as the run is, and by the end of a process without which there is nothing to measure: for everything done on it. */
  signal: AbortSignal;
  cluster: Cluster;
  service: ServiceHandle | null;
  policy: RoutingPolicy;
  /** Fingerprints of the workload's statements, where others may use the database too, and they are known. */
  statements?: ReadonlySet<string> | 'unknown';
  target: LoadTarget;
  /** What befell the servers so far, each in a sentence. The user is told at once. */
  mishaps: readonly string[];
  onMishap(sentence: string): void;
  /** Replicas that have ended. */
  gone: ReadonlySet<Node>;
  /**
   * Sends the service, if there is one, a trace's first reads as fast as they are answered, before its schedule begins. A
   * fresh connection plans each statement anew for its first five executions, and a fresh server's caches are empty: at
   * 90 % load that work would pile up in the warm-up and its backlog reach into the measured window. The CPU budgets are
   * lifted meanwhile, or it would take three times as long. Both sides rehearse the same requests, and none of it is counted.
   */
  rehearse(traceFile: string): Promise<void>;
}

/** What a stage is for; `policy` is by default that of the work. */
export interface StageRequest extends RunContext {
  side: Side;
  policy?: RoutingPolicy;
  /** Where the service listens; by default on any free port of 127.0.0.1. */
  listen?: Listen;
}

export type Listen = Pick<ServiceConfig, 'port' | 'host'>;

/**
 * Starts a stage, does something on it, and takes it down.
 * @throws BenchError PROCESS_LOST (exit code 4) if its primary or service ends meanwhile, whatever came of that first;
 *   DISK_FULL (exit code 4) whoever tells of it: servers and drivers that found no room say so in words of their own
 */
export async function onStage<T>(
  prepared: Prepared,
  request: StageRequest,
  use: (stage: Stage) => Promise<T>,
): Promise<T> {
  return await startAndUse(prepared, request, use).catch((error) => {
    throw explainFullDisk(error, 4);
  });
}

async function startAndUse<T>(
  prepared: Prepared,
  request: StageRequest,
  use: (stage: Stage) => Promise<T>,
): Promise<T> {
  using over = abortableWith(request.signal);
  await using stage = await startStage(prepared, request, over);
  try {
    const result = await use(stage);
    stage.signal.throwIfAborted();
    return result;
  } catch (error) {
    throw await causeOf(error, stage.signal);
  }
}

/** Of an error that comes of a process's end, that end, which is known a moment later; of any other, itself. */
async function causeOf(error: unknown, signal: AbortSignal): Promise<unknown> {
  await sleep(NOTICE_MS, undefined, { signal }).catch(() => {});
  return signal.aborted ? signal.reason : error;
}

async function startStage(
  prepared: Prepared,
  request: StageRequest,
  over: Abortable,
): Promise<Stage & AsyncDisposable> {
  const { signal } = over;
  const { id, side, policy = prepared.spec.policy, onWarning } = request;
  const cluster = await prepared.data.start({ side, runId: id, signal });
  const watched = watchServers(cluster, over, onWarning);
  const played = await makeTarget(prepared, { ...request, policy }, cluster, over).catch(async (error) => {
    const cause = await causeOf(error, signal);
    await cluster[Symbol.asyncDispose]();
    throw cause;
  });
  const { service } = played;
  return {
    ...{ signal, cluster, policy },
    ...watched,
    ...played,
    async rehearse(traceFile) {
      if (!service) return;
      const nodes = [cluster.primary, ...cluster.replicas];
      for (const node of nodes) await node.enforceBudget(false);
      // Twice as many requests under way as the pools have connections, so that every one is used.
      const connections = 2 * prepared.topology.poolSize;
      await sendReads(traceFile, { url: service.url, connections, signal });
      for (const node of nodes) await node.enforceBudget(true);
    },
    async [Symbol.asyncDispose]() {
      await service?.[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
    },
  };
}

/** The end of the primary is that of all; what befalls others is kept, and told once. */
function watchServers(
  { primary, replicas }: Cluster,
  { signal, abort }: Abortable,
  onWarning: StageRequest['onWarning'],
): Pick<Stage, 'mishaps' | 'onMishap' | 'gone'> {
  const mishaps: string[] = [];
  const gone = new Set<Node>();
  const onMishap = (warning: string) => {
    // Connections break too where all is ended on purpose.
    if (signal.aborted || mishaps.includes(warning)) return;
    mishaps.push(warning);
    onWarning(warning);
  };
  void primary.lost.then((how) => abort(processLost("The primary's server", how)));
  for (const node of replicas) {
    void node.lost.then((how) => {
      gone.add(node);
      onMishap(
        `The server of the ${node.name} ended unexpectedly, and the rest was measured without it: ${how}.`,
      );
    });
  }
  return { mishaps, onMishap, gone };
}

/** What the load is sent to: the workload's service, which is started, an application that others run, or the servers. */
async function makeTarget(
  { work, topology, cast, parameterTypes }: Prepared,
  { id, side, policy, listen }: StageRequest & Pick<Stage, 'policy'>,
  cluster: Cluster,
  { signal, abort }: Abortable,
): Promise<Pick<Stage, 'service' | 'target' | 'statements'>> {
  const { primary, replicas, capabilities } = cluster;
  const { poolSize } = topology;
  const { pooled } = work;
  const router = {
    primary: primary.app,
    replicas: replicas.map((node) => asReplica(node)),
    monitors: { primary: primary.monitor, replicas: replicas.map((node) => node.monitor) },
    policy,
    poolSize,
  };
  const roles = cast
    ? connectionsOf(cast, cluster, { poolSize, pooled, timeoutMs: REQUEST_TIMEOUT_MS })
    : undefined;
  const service = (await work.startService?.({ ...router, ...listen, runId: id, signal })) ?? null;
  void service?.lost.then((how) => abort(processLost('The SmartMenu service', how)));
  const parameterOids = parameterTypes ? await oidsOn(primary, parameterTypes) : undefined;
  const keyCatalog = work.capture ? await withClient(primary.app, loadKeyCatalog) : undefined;
  const url = service?.url ?? (side === 'control' ? undefined : work.application?.targets[side]);
  const target: LoadTarget = url
    ? { kind: 'http', url }
    : { kind: 'sql', router, roles, pooled: pooled !== undefined, parameterOids, keyCatalog };
  // Of an application that others run nobody knows them: all that is executed in its database counts.
  const own = work.application ? ('unknown' as const) : await ownStatements(work);
  const statements = capabilities.resettable ? undefined : own;
  return { service, target, ...(statements && { statements }) };
}

interface Abortable extends Disposable {
  signal: AbortSignal;
  abort(reason: Error): void;
}

/** A signal that is aborted as another is, until it is disposed of, and can be aborted for a reason of its own. */
function abortableWith(other: AbortSignal): Abortable {
  const controller = new AbortController();
  const follow = () => controller.abort(other.reason);
  if (other.aborted) follow();
  else other.addEventListener('abort', follow);
  return {
    signal: controller.signal,
    abort: (reason: Error) => controller.abort(reason),
    [Symbol.dispose]: () => other.removeEventListener('abort', follow),
  };
}
