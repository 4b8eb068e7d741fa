import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { entryPath } from '../../machine/index.js';
import { BenchError } from '../../machine/pure.js';
import type { ProbeJob, ProbeMessage, ProbeStep, ProbeStepResult } from './protocol.js';

/** Loads the SmartMenu service in a closed loop, step by step, from a process of its own. */
export interface Probe extends AsyncDisposable {
  readonly pid: number | undefined;
  /** @throws BenchError PROBE_FAILED if the load could not be sent; failing requests are counted, not thrown */
  play(step: ProbeStep): Promise<ProbeStepResult>;
}

/** Starts the probe's process. Aborting the signal kills it. */
export function startProbe({ signal, ...job }: ProbeJob & { signal: AbortSignal }): Probe {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [entryPath('load/probe/main'), JSON.stringify(job)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-2000);
  });
  const ended = new Promise<null>((resolve) => {
    child.once('close', () => resolve(null)).once('error', () => resolve(null));
  });
  child.stdin.on('error', () => {}); // it ended before it read; `ended` tells
  const lines = createInterface({ input: child.stdout });
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });

  return {
    pid: child.pid,
    async play(step) {
      const answer = once(lines, 'line').then(([line]) => JSON.parse(line as string) as ProbeMessage);
      child.stdin.write(`${JSON.stringify(step)}\n`);
      const message = await Promise.race([answer, ended]);
      signal.throwIfAborted();
      if (message && 'result' in message) return message.result;
      const why = message ? message.failure : complaints.trim() || 'its process ended';
      throw new BenchError('PROBE_FAILED', `The capacity probe failed: ${why}.`, { exitCode: 4 });
    },
    async [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', kill);
      kill();
      await ended;
    },
  };
}
