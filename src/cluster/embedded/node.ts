import { basename, join } from 'node:path';
import { copyTree, type RunDir, writeOwned } from '../../machine/index.js';
import type { CpuMethod, PlannedNode } from '../../record/pure.js';
import type { CpuLimiter } from '../budget/limiter.js';
import { limitCpu } from '../budget/methods.js';
import type { ConnectionConfig, Node } from '../cluster.js';
import { APP_ROLE, MONITOR_ROLE, REPLICATION_SLOT } from '../template/prepare-database.js';
import type { Template } from '../template/template.js';
import type { PgBinaries } from './binaries.js';
import { ADMIN_ROLE, configureDataDirectory } from './data-directory.js';
import { type Server, startServer } from './server.js';

/** How long a fast shutdown may take; the data are thrown away, so there is nothing to wait for. */
const STOP_PATIENCE_MS = 4_000;

/** What all nodes of a cluster have in common. */
export interface NodeSetup {
  template: Template;
  cpuMethod: CpuMethod;
  settings: Readonly<Record<string, string>>;
}

interface EmbeddedNodeOptions extends PlannedNode, NodeSetup {
  /** 0 for the primary, 1 for the replica. */
  slot: number;
  binaries: PgBinaries;
  run: RunDir;
}

/** One node in the making: its folder, its budget, its server. */
export class EmbeddedNode {
  readonly #options: EmbeddedNodeOptions;
  readonly #dataDir: string;
  #limiter: CpuLimiter | null = null;
  #server: Server | null = null;
  #port = 0;

  constructor(options: EmbeddedNodeOptions) {
    this.#options = options;
    this.#dataDir = join(options.run.path, options.name);
  }

  /** The template is a stopped server's directory: a copy of it is a base backup. */
  async copy(signal: AbortSignal): Promise<void> {
    const { template, binaries, run } = this.#options;
    await copyTree(template.dir, this.#dataDir, { runAs: binaries.runAs, run, signal });
  }

  async start(at: { port: number; primaryPort: number; signal: AbortSignal }): Promise<void> {
    const { role, slot, cpus, cpuMethod: method, settings, binaries, run } = this.#options;
    const { runAs } = binaries;
    this.#port = at.port;
    const title = `${basename(run.path)}-${this.#options.name}`;
    await configureDataDirectory(this.#dataDir, {
      port: at.port,
      settings: {
        ...settings,
        cluster_name: title,
        ...(role === 'replica' && this.#standbySettings(at.primaryPort)),
      },
      runAs,
    });
    if (role === 'replica') await writeOwned(join(this.#dataDir, 'standby.signal'), '', runAs);
    this.#limiter ??= limitCpu({ name: title, cpus, method, slot, onGroup: run.addGroup });
    const limiter = this.#limiter;
    this.#server = await startServer({
      binaries,
      dataDir: this.#dataDir,
      logFile: `${this.#dataDir}.log`,
      signal: at.signal,
      runId: run.id,
      onSpawn: (pid) => limiter.enter(pid),
    });
    await limiter.enter(this.#server.pid);
  }

  #standbySettings(primaryPort: number): Record<string, string> {
    const { name, template } = this.#options;
    return {
      primary_conninfo: `host=127.0.0.1 port=${primaryPort} user=${ADMIN_ROLE} password=${template.password} application_name=${name}`,
      primary_slot_name: REPLICATION_SLOT,
    };
  }

  /** What others know of it, once it is started. */
  node(): Node {
    const { name, role, template } = this.#options;
    const limiter = this.#limiter!;
    const { password, database } = template;
    const as = (user: string): ConnectionConfig => ({
      host: '127.0.0.1',
      port: this.#port,
      user,
      password,
      database,
    });
    return {
      name,
      role,
      admin: as(ADMIN_ROLE),
      app: as(APP_ROLE),
      monitor: as(MONITOR_ROLE),
      budget: limiter.budget,
      pid: this.#server!.pid,
      usage: async () => limiter.usage(),
      enforceBudget: (on) => limiter.enforce(on),
    };
  }

  async stop(): Promise<void> {
    await this.#server?.stop(STOP_PATIENCE_MS);
    this.#server = null;
  }

  async dispose(): Promise<void> {
    await this.stop();
    await this.#limiter?.dispose();
    this.#limiter = null;
  }
}
