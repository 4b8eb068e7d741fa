import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessIdentity } from './processes.js';

/** How long processes may take to end after each of the signals. */
const PATIENCE_MS = 5_000;

/** Ends processes by one signal after the other, as long as any of them is left. */
export async function endProcesses(
  processes: Pick<ProcessIdentity, 'pid' | 'start'>[],
  signals: NodeJS.Signals[],
): Promise<void> {
  let left = processes;
  const stillRunning = () => {
    left = left.filter(isRunning);
    return left.length > 0;
  };
  for (const name of signals) {
    if (!stillRunning()) return;
    // One that was stopped heeds nothing before it is told to go on.
    for (const { pid } of left) for (const each of [name, 'SIGCONT'] as const) send(pid, each);
    const deadline = performance.now() + PATIENCE_MS;
    while (stillRunning() && performance.now() < deadline) await sleep(20);
  }
}

function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has just ended.
  }
}
