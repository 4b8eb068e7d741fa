import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** What a program took. CPU and memory are looked at twenty times a second: what it did last may be missing. */
export interface Cost {
  seconds: number;
  cpuSeconds: number;
  peakRssMb: number;
}

/** Ticks of the kernel's CPU times: it shows them to programs by the hundred in a second, on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Runs a program, on Linux. Rejects if it isn't there or fails. */
export async function measured(program: string, args: string[]): Promise<Cost> {
  const start = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  let cpuSeconds = 0;
  let peakRssMb = 0;
  const look = () => {
    try {
      const [, fields] = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ');
      const [user, system] = fields!.split(' ').slice(11).map(Number);
      cpuSeconds = Math.max(cpuSeconds, (user! + system!) / TICKS_PER_SECOND);
      const peak = /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
      if (peak) peakRssMb = Number(peak[1]) / 1024;
    } catch {
      // It has just ended.
    }
  };
  const timer = setInterval(look, 50);
  try {
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`${program} ended with ${code}`);
    return { seconds: (performance.now() - start) / 1000, cpuSeconds, peakRssMb };
  } finally {
    clearInterval(timer);
  }
}
