import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  cacheDir,
  copyTree,
  explainFullDisk,
  openRunDir,
  type RunDir,
  writeOwned,
} from '../../machine/index.js';
import { BenchError } from '../../machine/pure.js';
import type { CpuMethod, NodeName, Role } from '../../record/pure.js';
import type { Budget } from '../budget/budget.js';
import { createBudget } from '../budget/methods.js';
import { withClient } from '../client.js';
import type { Cluster, ConnectionConfig, Node } from '../cluster.js';
import { APP_ROLE, MONITOR_ROLE, REPLICATION_SLOT } from '../template/prepare-database.js';
import type { Template } from '../template/template.js';
import { type PgBinaries, resolveBinaries } from './binaries.js';
import { ADMIN_ROLE, configureDataDirectory } from './data-directory.js';
import { type Server, startServer, withFreePorts } from './server.js';

/**
 * How nodes are set unless the plan says otherwise: PostgreSQL's defaults, but for what would make one run differ from
 * the next, or would not be done so on a primary that has a replica.
 */
export const defaultSettings: Readonly<Record<string, string>> = {
  // The default data set fits, as the hot part of a production one does; both nodes fit a laptop.
  shared_buffers: '256MB',
  // The router's pools and the observers, with room.
  max_connections: '100',
  // The baseline writes the same WAL as a primary with a standby: the comparison is about reads.
  wal_level: 'replica',
  hot_standby: 'on',
  // Whoever sends reports to a standby sets it, or vacuum on the primary cancels them.
  hot_standby_feedback: 'on',
  // No checkpoint by time or volume falls into a run of minutes, on one side and not on the other.
  checkpoint_timeout: '15min',
  max_wal_size: '4GB',
  // A standby that found its primary not up yet asks again soon, not after 5 s.
  wal_retrieve_retry_interval: '100ms',
  // A share of a core has no room for helpers: plans are the same on both sides, and on machines of any size.
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  // A captured workload may have many kinds of statement; none may be discarded, or the read volume is short.
  'pg_stat_statements.max': '20000',
};

export interface EmbeddedClusterOptions {
  template: Template;
  replicas: 0 | 1;
  /** Each node's budget in cores; null: none, CPU is only counted. */
  nodeCpus: number | null;
  cpuMethod: CpuMethod;
  /** For every node alike. */
  settings: Readonly<Record<string, string>>;
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
  const binaries = await resolveBinaries();
  options.signal.throwIfAborted();
  const run = openRunDir(options.runId);
  const places = ROLES.slice(0, 1 + options.replicas).map(
    (role, slot) => new NodePlace({ name: role, role, slot }, run, binaries, options),
  );
  let disposed: Promise<void> | null = null;
  const dispose = () => {
    disposed ??= disposeAll(places, run);
    return disposed;
  };
  try {
    await allSettledOrThrow(places.map((place) => place.copy()));
    await withFreePorts(places.length, (ports) => startAll(places, ports, options.signal));
    const nodes = places.map((place) => place.node());
    if (nodes.length > 1) await untilStreaming(nodes[0]!.admin, options.signal);
    return {
      capabilities: { resettable: true, superuser: true, cpu: true },
      postgresVersion: binaries.version,
      primary: nodes[0]!,
      replicas: nodes.slice(1),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw explainFullDisk(error, cacheDir());
  }
}

async function disposeAll(places: NodePlace[], run: RunDir): Promise<void> {
  await Promise.allSettled(places.map((place) => place.dispose()));
  run.remove();
}

async function startAll(places: NodePlace[], ports: number[], signal: AbortSignal): Promise<void> {
  try {
    await allSettledOrThrow(places.map((place, i) => place.start(ports[i]!, ports[0]!, signal)));
  } catch (error) {
    await Promise.all(places.map((place) => place.stop()));
    throw error;
  }
}

/** One server each. */
const ROLES: Role[] = ['primary', 'replica'];

/** How long a fast shutdown may take; the data are thrown away, so there is nothing to wait for. */
const STOP_PATIENCE_MS = 4_000;

/** One node in the making: its folder, its budget, its server. */
class NodePlace {
  private readonly dataDir: string;
  private readonly logFile: string;
  private budget: Budget | null = null;
  private server: Server | null = null;
  private port = 0;

  constructor(
    private readonly self: { name: NodeName; role: Role; slot: number },
    private readonly run: RunDir,
    private readonly binaries: PgBinaries,
    private readonly options: EmbeddedClusterOptions,
  ) {
    this.dataDir = join(run.path, this.self.name);
    this.logFile = join(run.path, `${this.self.name}.log`);
  }

  /** The template is a stopped server's directory: a copy of it is a base backup. */
  async copy(): Promise<void> {
    const { template, signal } = this.options;
    await copyTree(template.dir, this.dataDir, { runAs: this.binaries.runAs, run: this.run, signal });
  }

  async start(port: number, primaryPort: number, signal: AbortSignal): Promise<void> {
    this.port = port;
    const { runAs } = this.binaries;
    const title = `${basename(this.run.path)}-${this.self.name}`;
    const settings = { ...this.options.settings, cluster_name: title, ...this.standbySettings(primaryPort) };
    await configureDataDirectory(this.dataDir, { port, settings, runAs });
    if (this.self.role === 'replica') await writeOwned(join(this.dataDir, 'standby.signal'), '', runAs);
    const { nodeCpus: cpus, cpuMethod: method } = this.options;
    this.budget ??= createBudget({
      name: title,
      cpus,
      method,
      slot: this.self.slot,
      onGroup: this.run.addGroup,
    });
    const budget = this.budget;
    this.server = await startServer({
      binaries: this.binaries,
      dataDir: this.dataDir,
      logFile: this.logFile,
      signal,
      runId: this.run.id,
      onSpawn: (pid) => budget.enter(pid),
    });
    await budget.enter(this.server.pid);
  }

  private standbySettings(primaryPort: number): Record<string, string> {
    if (this.self.role === 'primary') return {};
    const { password } = this.options.template;
    return {
      primary_conninfo: `host=127.0.0.1 port=${primaryPort} user=${ADMIN_ROLE} password=${password} application_name=${this.self.name}`,
      primary_slot_name: REPLICATION_SLOT,
    };
  }

  node(): Node {
    const { template } = this.options;
    const { budget, server } = { budget: this.budget!, server: this.server! };
    const as = (user: string): ConnectionConfig => ({
      host: '127.0.0.1',
      port: this.port,
      user,
      password: template.password,
      database: template.database,
    });
    return {
      name: this.self.name,
      role: this.self.role,
      admin: as(ADMIN_ROLE),
      app: as(APP_ROLE),
      monitor: as(MONITOR_ROLE),
      budget: budget.budget,
      pid: server.pid,
      usage: async () => budget.usage(),
      enforceBudget: (on) => budget.enforce(on),
    };
  }

  async stop(): Promise<void> {
    await this.server?.stop(STOP_PATIENCE_MS);
    this.server = null;
  }

  async dispose(): Promise<void> {
    await this.stop();
    await this.budget?.dispose();
    this.budget = null;
  }
}

const STREAMING_TIMEOUT_MS = 30_000;

async function untilStreaming(primary: ConnectionConfig, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + STREAMING_TIMEOUT_MS;
  await withClient(primary, async (client) => {
    while (performance.now() < deadline) {
      signal.throwIfAborted();
      const { rowCount } = await client.query(`SELECT FROM pg_stat_replication WHERE state = 'streaming'`);
      if (rowCount) return;
      await sleep(20);
    }
    throw new BenchError(
      'NOT_STREAMING',
      `The replica did not start streaming within ${STREAMING_TIMEOUT_MS / 1000} s.`,
      {
        exitCode: 4,
      },
    );
  });
}

/** Waits for all before it throws the first failure: none may go on working while its surroundings are taken away. */
async function allSettledOrThrow(tasks: Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(tasks);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
