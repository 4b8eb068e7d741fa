import { parentPort } from 'node:worker_threads';
import { threadCpuClock } from '../../machine/index.js';
import { fixedWork } from './fixed-work.js';
import type { GaugeMessage } from './messages.js';

/**
 * The thread that does the fixed work, for the 0.4 % of a core that two ms twice a second are. It sleeps between the units
 * without an event loop, which would be work of its own.
 */

/** About half a second, and no multiple of the periods of CPU budgets: a unit falls into each part of them in turn. */
const INTERVAL_MS = 491;
/** Until the compiler has made of the work what it stays. */
const UNITS_TO_WARM_UP = 100;
/** Long enough to leave the CPU, by which the kernel's account of it is brought up to date. */
const NAP_MS = 0.5;

const nobodyWakes = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
const sleep = (ms: number) => Atomics.wait(nobodyWakes, 0, 0, Math.max(NAP_MS, ms));
const say = (message: GaugeMessage) => parentPort!.postMessage(message);

const work = fixedWork();
for (let unit = 0; unit < UNITS_TO_WARM_UP; unit++) work();
const cpuClock = threadCpuClock();
const method = cpuClock ? 'thread-cpu' : 'wall-clock';
const clockMs = cpuClock ?? (() => performance.now());
say({ type: 'ready', method });

for (let due = performance.now(); ; due += INTERVAL_MS) {
  sleep(due - performance.now());
  const before = clockMs();
  const result = work();
  const wallMs = clockMs() - before;
  if (cpuClock) sleep(NAP_MS);
  say({ type: 'unit', ms: cpuClock ? cpuClock() - before : wallMs, result });
  due = Math.max(due, performance.now() - INTERVAL_MS);
}
