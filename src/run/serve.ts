import { once } from 'node:events';
import { type ConnectionConfig, cleanRemains } from '../cluster/index.js';
import type { WorkSpec } from '../plan/index.js';
import { newRunId } from '../record/index.js';
import type { NodeName, Side } from '../record/pure.js';
import { type ServiceHandle, startService } from '../service/index.js';
import { type Prepared, prepare } from './prepare.js';
import type { Following } from './progress.js';
import { drivenFromOutside } from './smartmenu.js';
import { type Listen, onStage, type Stage } from './stage.js';

/** What is up and can be tried. */
export interface Served {
  /** Base URL of the SmartMenu service. */
  url: string;
  /** Of the same service beside it that uses the primary alone. */
  baselineUrl?: string;
  policy: string;
  nodes: ServedNode[];
}

/** How the service connects to a server, and how one connects who looks on. */
export interface ServedNode {
  name: NodeName;
  connection: ToldConnection;
  monitor: ToldConnection;
}

/** Passwords are told of servers that are thrown away with them, and of no others. */
export type ToldConnection = Omit<ConnectionConfig, 'password' | 'connectionString'> & { password?: string };

/**
 * Starts the SmartMenu service, on servers of its own with their CPU budgets or on those that a user names, until it is
 * interrupted. It begins with fresh data, which are thrown away or stay in the bench's database.
 *
 * @param request.host that the service listens on, by default 127.0.0.1
 * @param request.port for the service; 0 for any
 * @param request.baselinePort for the same service beside it, on the primary alone; without it there is none
 * @param request.onReady told once all is up
 * @throws BenchError for a captured trace, for what the machine lacks, or if a server or the service ends; the signal's reason
 */
export async function serve(
  request: Following & {
    work: WorkSpec;
    side: Side;
    host?: string;
    port: number;
    baselinePort?: number;
    onReady(served: Served): void;
  },
): Promise<void> {
  const { work, side, host, port, baselinePort, onReady, signal, onProgress, onWarning } = request;
  const spec = drivenFromOutside(
    work,
    'Only SmartMenu has a service: a captured trace is replayed against the servers themselves.',
  );
  await cleanRemains();
  const context = { id: newRunId('serve', new Date()), signal, onProgress, onWarning };
  await using prepared = await prepare(spec, context, [side]);
  onProgress({ phase: 'starting the servers', etaS: null });
  await onStage(prepared, { ...context, side, listen: { host, port } }, async (stage) => {
    const { cluster, service, policy, signal: ended } = stage;
    const { primary, replicas } = cluster;
    await using beside =
      baselinePort === undefined ? null : await startBaseline({ host, port: baselinePort }, prepared, stage);
    onReady({
      url: service!.url,
      ...(beside && { baselineUrl: beside.url }),
      policy: policy.name,
      nodes: [primary, ...replicas].map(({ name, app, monitor }) => ({
        name,
        connection: told(app, prepared),
        monitor: told(monitor, prepared),
      })),
    });
    onProgress({ phase: 'serving', etaS: null, detail: 'stop it with Ctrl-C' });
    if (!ended.aborted) await once(ended, 'abort');
  });
}

/** The service on the primary alone, as a baseline of the same servers. */
function startBaseline(
  listen: Listen,
  { topology: { poolSize } }: Prepared,
  { cluster: { primary }, policy, signal }: Stage,
): Promise<ServiceHandle> {
  const monitors = { primary: primary.monitor, replicas: [] };
  return startService({ primary: primary.app, replicas: [], monitors, policy, poolSize, ...listen, signal });
}

function told(
  { host, port, user, password, database }: ConnectionConfig,
  { topology }: Prepared,
): ToldConnection {
  const isOurs = topology.nodes.every(({ server }) => server === undefined);
  return { host, port, user, database, ...(isOurs && { password }) };
}
