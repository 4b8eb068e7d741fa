import { setTimeout as sleep } from 'node:timers/promises';
import { BenchError, wordsOf } from '../../machine/pure.js';
import type { Budget, NodeName, Role } from '../../record/pure.js';
import type { ConnectionConfig, Node, NodeUsage } from '../cluster.js';
import { hostOf } from './address.js';
import { readOnly } from './connect.js';
import type { CpuReader } from './cpu/reader.js';
import { cpuReader } from './cpu/sources.js';
import type { Found } from './examine.js';

/** What a run may do on servers, and what there is beside them. */
export interface Use {
  /** The bench may write to the primary. */
  writes: boolean;
  /** Names of all standbys that the primary has. */
  standbys: readonly string[];
  signal: AbortSignal;
}

/** A server that others run: it is connected to as one role for everything, and goes on when the bench has left. */
export class ExternalNode implements Node {
  readonly name: NodeName;
  readonly role: Role;
  readonly reservedFor: Node['reservedFor'];
  readonly weight: Node['weight'];
  readonly admin: ConnectionConfig;
  readonly app: ConnectionConfig;
  readonly monitor: ConnectionConfig;
  readonly budget: Budget;
  readonly pid: number | null;
  readonly usageStepMs: number;
  readonly standbyName?: string;
  /** The bench didn't start it, and doesn't watch over it. */
  readonly lost = new Promise<string>(() => {});
  /** What was read last, until somebody has it. */
  #latest: NodeUsage | null = null;
  #before = Number.NaN;

  /**
   * @throws BenchError CPU_SOURCE where its CPU can't be counted as it was to be
   */
  static async open(found: Found, how: Use): Promise<ExternalNode> {
    const { node, address, pid } = found;
    const cpu = node.server?.cpu;
    if (!cpu) return new ExternalNode(found, how, null);
    try {
      const reader = await cpuReader(cpu, { pid, cpus: node.cpus, signal: how.signal });
      await reader.read();
      return new ExternalNode(found, how, reader);
    } catch (cause) {
      how.signal.throwIfAborted();
      throw new BenchError(
        'CPU_SOURCE',
        `The CPU of ${hostOf(address)} can't be counted: ${wordsOf(cause)}. Correct "cpu" of this server in bench.config.ts, or leave it out: then its CPU is not counted.`,
        { cause },
      );
    }
  }

  private constructor(
    { node, connection, pid, facts }: Found,
    { writes, standbys, signal }: Use,
    private readonly reader: CpuReader | null,
  ) {
    this.name = node.name;
    this.role = node.role;
    this.reservedFor = node.reservedFor;
    this.weight = node.weight;
    this.pid = pid;
    this.budget = { method: 'none', cpus: node.cpus };
    this.admin = this.app = this.monitor = writes ? connection : readOnly(connection);
    if (standbys.length > 1 && facts.standbyName !== null) this.standbyName = facts.standbyName;
    this.usageStepMs = reader?.stepMs ?? 0;
    if (reader && reader.pollMs > 0) void this.#follow(reader, signal);
  }

  /** Whether its CPU use can be read at any moment. */
  get isCountedAtOnce(): boolean {
    return this.reader?.pollMs === 0;
  }

  async usage(): Promise<NodeUsage | null> {
    if (this.reader && this.isCountedAtOnce) return { ...UNKNOWN, ...(await this.reader.read()) };
    const latest = this.#latest;
    this.#latest = null;
    return latest;
  }

  async enforceBudget(): Promise<void> {}

  /** A value that is the same as before is no new one: a counter stands still between two readings of its exporter. */
  async #follow(reader: CpuReader, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const read = await reader.read().catch(() => null);
      if (read && read.cpuSeconds !== this.#before) {
        this.#before = read.cpuSeconds;
        this.#latest = { ...UNKNOWN, ...read };
      }
      await sleep(reader.pollMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }
}

const UNKNOWN: NodeUsage = {
  ...{ cpuSeconds: Number.NaN, memoryBytes: null },
  ...{ throttledSeconds: null, periods: null, throttledPeriods: null },
};
