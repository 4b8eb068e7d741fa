import { openSync, readSync } from 'node:fs';

/**
 * A clock of the CPU time that the calling thread has used, in ms; null where the kernel doesn't tell it to the nanosecond
 * (Linux does, in /proc, unless it was built without CONFIG_SCHED_INFO). It is brought up to date when the thread goes to
 * sleep, and else at the kernel's ticks only: sleep before reading it.
 */
export function threadCpuClock(): (() => number) | null {
  try {
    const file = openSync('/proc/thread-self/schedstat', 'r');
    const buffer = Buffer.alloc(64);
    // Its first number is the time on the CPU, in ns; then come the wait for one, and the number of turns.
    const read = () => Number(buffer.toString('latin1', 0, readSync(file, buffer, 0, 64, 0)).split(' ')[0]);
    return read() > 0 ? () => read() / 1e6 : null;
  } catch {
    return null;
  }
}
