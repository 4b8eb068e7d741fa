import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { epochMs, sumOf } from '../machine/pure.js';
import type { MachineObservation } from '../record/pure.js';
import { every } from './every.js';
import type { Observer } from './observer.js';
import { growthOver, longestGapMs } from './summary.js';

/** A sample that is late has to be there within LONGEST_GAP_MS of the one before. */
const INTERVAL_MS = 500;

interface Sample {
  tMs: number;
  benchSeconds: number;
  ticks: Ticks | null;
}

/** Watches the bench's own process, the service's, and the CPU of all programs on the machine and of its host's others. */
export const machine: Observer<MachineObservation> = {
  async start({ service }) {
    const samples: Sample[] = [];
    const ofService = { tMs: [] as number[], cpuSeconds: [] as number[] };
    async function sample() {
      const { user, system } = process.cpuUsage();
      samples.push({ tMs: epochMs(), benchSeconds: (user + system) / 1e6, ticks: await readTicks() });
    }
    // Apart, so that a service too busy to answer leaves no gap in what is known of the machine.
    async function askService() {
      if (!service) return;
      const { cpuSeconds } = await service.stats();
      ofService.tMs.push(epochMs());
      ofService.cpuSeconds.push(cpuSeconds);
    }
    const tickers = [every(INTERVAL_MS, sample), every(INTERVAL_MS, askService)];
    return {
      async stop() {
        await Promise.all(tickers.map((ticker) => ticker.stop()));
        await Promise.all([sample(), askService().catch(() => {})]);
      },
      result(window) {
        const times = samples.map(({ tMs }) => tMs);
        const seconds = (window.endMs - window.startMs) / 1000;
        const growth = (pick: (ticks: Ticks) => number) => {
          const values = samples.flatMap(({ ticks }) => (ticks ? [pick(ticks)] : []));
          return values.length < times.length ? null : growthOver(times, values, window);
        };
        const inCores = (cpuSeconds: number | null) => cpuSeconds && cpuSeconds / seconds;
        const [total, busy, steal] = [
          growth((ticks) => ticks.total),
          growth((ticks) => ticks.busy),
          growth((ticks) => ticks.steal),
        ];
        const benchSeconds = samples.map((sample) => sample.benchSeconds);
        return {
          benchCores: inCores(growthOver(times, benchSeconds, window)),
          serviceCores: inCores(growthOver(ofService.tMs, ofService.cpuSeconds, window)),
          busyCores: total && ALL_CORES ? inCores(busy && busy / TICKS_PER_S) : null,
          // What the kernel says was stolen may go back.
          stealShare: total && steal !== null ? Math.min(1, Math.max(0, steal / total)) : null,
          loadAverage: os.loadavg(),
          longestGapMs: longestGapMs(times, window),
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
      total: sumOf(fields),
      busy: user + nice! + system! + irq! + softirq!,
    };
  } catch {
    return null;
  }
}
