import { basename, join } from 'node:path';
import { copyTree, type RunDir, writeOwned } from '../../machine/index.js';
import type { CpuMethod, PlannedNode } from '../../record/pure.js';
import type { CpuLimiter } from '../budget/limiter.js';
import { limitCpu } from '../budget/methods.js';
import type { Node } from '../cluster.js';
import { ownNode } from '../own-servers.js';
import { REPLICATION_SLOTS } from '../template/prepare-database.js';
import type { Template } from '../template/template.js';
import type { PgBinaries } from './binaries.js';
import { ADMIN_ROLE, configureDataDirectory } from './data-directory.js';
import { type Server, startServer } from './server.js';
import { giveBackMemory } from './shared-memory.js';

/** How long a fast shutdown may take; the data are thrown away, so there is nothing to wait for. */
const STOP_PATIENCE_MS = 4_000;

/** What all nodes of a cluster have in common. */
export interface NodeSetup {
  template: Template;
  cpuMethod: CpuMethod;
  settings: Readonly<Record<string, string>>;
}

interface EmbeddedNodeOptions extends Omit<PlannedNode, 'settings'>, NodeSetup {
  /** 0 for the primary, 1 for the first replica, and so on. */
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

  constructor(options: EmbeddedNodeOptions) {
    this.#options = options;
    this.#dataDir = join(options.run.path, options.name);
  }

  get #title(): string {
    return `${basename(this.#options.run.path)}-${this.#options.name}`;
  }

  /**
   * The template is a stopped server's directory: a copy of it is a base backup. It is made within the node's memory, whose
   * page cache it fills, and without limit of CPU.
   */
  async copy(signal: AbortSignal): Promise<void> {
    const { template, binaries, run, slot, cpus, memoryBytes, cpuMethod } = this.#options;
    const budget = { cpus, memoryBytes, slot };
    const limiter = await limitCpu(cpuMethod, { name: this.#title, ...budget, onGroup: run.addGroup });
    this.#limiter = limiter;
    limiter.enforce(false);
    const onSpawn = memoryBytes === undefined ? undefined : (pid: number) => limiter.enter(pid);
    await copyTree(template.dir, this.#dataDir, { runAs: binaries.runAs, run, signal, onSpawn });
    limiter.enforce(true);
  }

  /** Ends what an earlier start, of all nodes with other ports, has left running. */
  async start(at: { port: number; primaryPort: number; signal: AbortSignal }): Promise<Node> {
    await this.#stop();
    const { name, role, slot, template, binaries, run } = this.#options;
    const { port, primaryPort, signal } = at;
    const { password, database } = template;
    const dataDir = this.#dataDir;
    const settings: Record<string, string> = { ...this.#options.settings, cluster_name: this.#title };
    if (role === 'replica') {
      settings.primary_conninfo = `host=127.0.0.1 port=${primaryPort} user=${ADMIN_ROLE} password=${password} application_name=${name}`;
      settings.primary_slot_name = REPLICATION_SLOTS[slot - 1]!;
      await writeOwned(join(dataDir, 'standby.signal'), '', binaries.runAs);
    }
    await configureDataDirectory(dataDir, { port, settings, runAs: binaries.runAs });
    const limiter = this.#limiter!;
    const logFile = `${dataDir}.log`;
    const onSpawn = (pid: number) => limiter.enter(pid);
    this.#server = await startServer({ binaries, dataDir, logFile, signal, runId: run.id, onSpawn });
    const { pid, lost } = this.#server;
    await limiter.enter(pid);
    return {
      ...ownNode(this.#options, { port, password, database }),
      budget: limiter.budget,
      pid,
      lost,
      usage: async () => limiter.usage(),
      enforceBudget: async (on) => limiter.enforce(on),
    };
  }

  /** @returns whether it shut itself down */
  async #stop(): Promise<boolean> {
    const shutDown = (await this.#server?.stop(STOP_PATIENCE_MS)) ?? true;
    this.#server = null;
    return shutDown;
  }

  async dispose(): Promise<void> {
    const { binaries } = this.#options;
    if (!(await this.#stop())) await giveBackMemory({ binaries, dataDir: this.#dataDir });
    await this.#limiter?.dispose();
    this.#limiter = null;
  }
}
