import type { Budget } from '../../record/pure.js';
import type { NodeUsage } from '../cluster.js';

/** Limits the CPU, and the memory, of one node's processes and counts what they use. */
export interface CpuLimiter {
  readonly budget: Budget;
  /** How it does so here, in words. */
  readonly detail: string;
  /**
   * Puts a process and all its descendants under the budget, and makes sure of it. Called right after the postmaster
   * was started, so that what it starts inherits the place, and again once it is ready, to be certain.
   */
  enter(pid: number): Promise<void>;
  /** Lifts the limit of CPU (`false`) or sets it again; counting goes on. Without effect where cores are only pinned. */
  enforce(on: boolean): void;
  usage(): NodeUsage;
  /** Removes what was created; its processes must be gone. */
  dispose(): Promise<void>;
}

export interface LimiterOptions {
  /** Of the node; contains `splitbench`. */
  name: string;
  /** Cores, such as 0.5; null: count, but don't limit. */
  cpus: number | null;
  /** Left out: no limit. Page cache counts for whoever reads or writes a file first. */
  memoryBytes?: number;
  /** 0 for the primary, 1 for the replica...: which cores to pin it to. */
  slot: number;
  /** Told the path of each control group just before it is made. */
  onGroup?: (path: string) => void;
}

/**
 * A way to limit the CPU of servers: an entry of LIMITERS.
 * @throws Error in words that say why it can't be done here; nothing is left then
 */
export type LimiterMethod = (options: LimiterOptions) => Promise<CpuLimiter>;

/**
 * A node's budget is dealt out in slices of this length. The kernel's usual 100 ms would let a busy node stand still
 * for tens of milliseconds at a time, which shows in latencies and lag.
 */
export const PERIOD_US = 20_000;
