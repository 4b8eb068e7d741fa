import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { every, nowMs, type Observer } from './observer.js';
import { interpolate } from './summary.js';

export interface MachineObservation {
  /** CPU of the bench's own process in the window, in cores. */
  benchCores: number;
  /** CPU of the service process in the window, in cores; null where there is none. */
  serviceCores: number | null;
  /**
   * CPU that all programs on the machine used together in the window, in cores; null where the kernel doesn't say, or
   * counts cores that aren't ours to use.
   */
  busyCores: number | null;
  /** Share of the machine's CPU time that the hypervisor gave to others, 0..1; null where the kernel doesn't say. */
  stealShare: number | null;
}

/** Watches the bench's own process, the service's and the machine's stolen time, at 1 Hz. */
export function observeMachine(
  serviceCpuSeconds: (() => Promise<number>) | null,
): Observer<MachineObservation> {
  const tMs: number[] = [];
  const bench: number[] = [];
  const service: number[] = [];
  const steal: number[] = [];
  const total: number[] = [];
  const busy: number[] = [];
  let ticker: { stop(): Promise<void> } | undefined;

  async function sample() {
    const { user, system } = process.cpuUsage();
    const ticks = await readTicks();
    const serviceNow = serviceCpuSeconds ? await serviceCpuSeconds().catch(() => service.at(-1) ?? 0) : 0;
    tMs.push(nowMs());
    bench.push((user + system) / 1e6);
    service.push(serviceNow);
    if (ticks) {
      steal.push(ticks.steal);
      total.push(ticks.total);
      busy.push(ticks.busy);
    }
  }

  return {
    name: 'machine',
    async start() {
      ticker = every(1000, sample);
    },
    async stop() {
      await ticker?.stop();
      if (ticker) await sample();
      ticker = undefined;
    },
    result({ startMs, endMs }) {
      const growth = (values: number[]) =>
        interpolate(tMs, values, endMs) - interpolate(tMs, values, startMs);
      const seconds = (endMs - startMs) / 1000;
      const told = steal.length === tMs.length && growth(total) > 0;
      return {
        benchCores: growth(bench) / seconds,
        serviceCores: serviceCpuSeconds ? growth(service) / seconds : null,
        busyCores: told && ALL_CORES ? growth(busy) / TICKS_PER_S / seconds : null,
        stealShare: told ? growth(steal) / growth(total) : null,
      };
    },
    async [Symbol.asyncDispose]() {
      await this.stop();
    },
  };
}

/** In a container with some of the host's cores, the kernel's count is of them all. */
const ALL_CORES = os.availableParallelism() === os.cpus().length;

/** USER_HZ, the unit in which Linux counts CPU time for programs. */
const TICKS_PER_S = 100;

/** Linux: the first line of /proc/stat, in clock ticks: user nice system idle iowait irq softirq steal ... */
async function readTicks(): Promise<{ steal: number; total: number; busy: number } | null> {
  try {
    const line = (await readFile('/proc/stat', 'utf8')).split('\n', 1)[0]!;
    const fields = line.trim().split(/\s+/).slice(1, 9).map(Number);
    const [user, nice, system, , , irq, softirq, steal] = fields as [number, ...number[]];
    return {
      steal: steal!,
      total: fields.reduce((sum, v) => sum + v, 0),
      busy: user + nice! + system! + irq! + softirq!,
    };
  } catch {
    return null;
  }
}
