import type { NodeUsage } from '../../cluster.js';

/** Tells what CPU a server has used. */
export interface CpuReader {
  /** How often there is something new to read, in ms; 0: whenever it is read. */
  readonly stepMs: number;
  /** The same while it is only asked whether there is, in ms. */
  readonly pollMs: number;
  /**
   * CPU seconds since some moment in the past.
   * @throws Error in words where nobody tells them
   */
  read(): Promise<Pick<NodeUsage, 'cpuSeconds'> & Partial<NodeUsage>>;
}

/** What a source may need to know of its server. */
export interface CountedServer {
  /** Of the postmaster, where it is a process of this machine. */
  pid: number | null;
  /** Its cores; null where nobody said. */
  cpus: number | null;
  signal: AbortSignal;
}
