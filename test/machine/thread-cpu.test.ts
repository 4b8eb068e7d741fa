import { expect, it } from 'vitest';
import { threadCpuClock } from '../../src/machine/thread-cpu.js';

const clock = threadCpuClock();

/** Without an event loop, as the clock wants it. */
const sleep = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

function work(ms: number): number {
  const { user, system } = process.cpuUsage();
  let sum = 0;
  for (;;) {
    for (let i = 0; i < 1e5; i++) sum = (sum + i * i) | 0;
    const now = process.cpuUsage();
    if (now.user + now.system - user - system > 1000 * ms) return sum;
  }
}

it.skipIf(!clock)(
  'counts the time in which the thread ran, to less than a tick, and none in which it slept',
  () => {
    const took = (what: () => unknown) => {
      sleep(1);
      const before = clock!();
      what();
      sleep(1);
      return clock!() - before;
    };
    expect(took(() => sleep(120))).toBeLessThan(3);
    work(50);
    const unit = () => {
      let hash = 1;
      for (let i = 0; i < 1e6; i++) hash = Math.imul(hash ^ i, 0x9e3779b1);
      return hash;
    };
    unit();
    const times = Array.from({ length: 9 }, () => took(unit)).sort((a, b) => a - b);
    // The kernel's ticks are 1 to 10 ms apart: a clock of them would have said 0, or a whole one.
    expect(times[0]).toBeGreaterThan(0.1);
    expect(times[4]! / times[0]!).toBeLessThan(3);
    expect(took(() => work(60))).toBeGreaterThan(30);
  },
);
