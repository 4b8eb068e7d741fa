import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { epochMs } from '../machine/pure.js';
import type { MachineObservation } from '../record/pure.js';
import { every } from './every.js';
import type { Observer } from './observer.js';
import { interpolate } from './summary.js';

const INTERVAL_MS = 1000;

interface Sample {
  tMs: number;
  benchSeconds: number;
  serviceSeconds: number;
  ticks: Ticks | null;
}

/** Watches the bench's own process, the service's, and the CPU of all programs on the machine and of its host's others. */
export const machine: Observer<MachineObservation> = {
  async start({ service }) {
    const samples: Sample[] = [];
    async function sample() {
      const { user, system } = process.cpuUsage();
      const ticks = await readTicks();
      const before = samples.at(-1)?.serviceSeconds ?? 0;
      const serviceSeconds =
        (await service?.stats().then(
          ({ cpuSeconds }) => cpuSeconds,
          () => before,
        )) ?? 0;
      samples.push({ tMs: epochMs(), benchSeconds: (user + system) / 1e6, serviceSeconds, ticks });
    }
    const ticker = every(INTERVAL_MS, sample);
    return {
      async stop() {
        await ticker.stop();
        await sample();
      },
      result({ startMs, endMs }) {
        const times = samples.map(({ tMs }) => tMs);
        const growth = (pick: (sample: Sample) => number) => {
          const values = samples.map(pick);
          return interpolate(times, values, endMs) - interpolate(times, values, startMs);
        };
        const seconds = (endMs - startMs) / 1000;
        const total = growth(({ ticks }) => ticks?.total ?? Number.NaN);
        return {
          benchCores: growth(({ benchSeconds }) => benchSeconds) / seconds,
          serviceCores: service && growth(({ serviceSeconds }) => serviceSeconds) / seconds,
          busyCores:
            total > 0 && ALL_CORES
              ? growth(({ ticks }) => ticks?.busy ?? Number.NaN) / TICKS_PER_S / seconds
              : null,
          stealShare: total > 0 ? growth(({ ticks }) => ticks?.steal ?? Number.NaN) / total : null,
          loadAverage: os.loadavg(),
        };
      },
    };
  },
};

/** In a container with some of the host's cores, the kernel's count is of them all. */
const ALL_CORES = os.availableParallelism() === os.cpus().length;

/** USER_HZ, the unit in which Linux counts CPU time for programs. */
const TICKS_PER_S = 100;

interface Ticks {
  steal: number;
  total: number;
  busy: number;
}

/** Linux: the first line of /proc/stat, in clock ticks: user nice system idle iowait irq softirq steal ... */
async function readTicks(): Promise<Ticks | null> {
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
