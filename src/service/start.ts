import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Client } from 'undici';
import { entryPath } from '../machine/index.js';
import { BenchError, messageOf } from '../machine/pure.js';
import type { ServiceAnnouncement, ServiceConfig, ServiceStats } from './config.js';

/** A running SmartMenu service. Disposing it ends its process, within a few seconds at worst. */
export interface ServiceHandle extends AsyncDisposable {
  /** Base URL, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly pid: number;
  /** The router's counters and pools, and what the process used. Cheap: called at 10 Hz. */
  stats(): Promise<ServiceStats>;
}

/** How long the service may take to begin listening, and to end when asked to. */
const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 4_000;

/**
 * Starts the service in a process of its own on a free port of the loopback interface.
 * @throws BenchError SERVICE_START if it doesn't begin to listen; the signal's reason if aborted
 */
export async function startService(options: ServiceConfig & { signal: AbortSignal }): Promise<ServiceHandle> {
  const { signal, ...config } = options;
  signal.throwIfAborted();
  const child = spawn(process.execPath, [entryPath('service/main')], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-2000);
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve()).once('error', () => resolve());
  });
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });

  async function stop(): Promise<void> {
    signal.removeEventListener('abort', kill);
    child.stdin.end();
    const timer = setTimeout(kill, STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }

  try {
    child.stdin.on('error', () => {}); // it ended before it read; `ended` tells
    child.stdin.write(`${JSON.stringify(config)}\n`);
    const line = await Promise.race([
      once(createInterface({ input: child.stdout }), 'line', {
        signal: AbortSignal.any([signal, AbortSignal.timeout(START_TIMEOUT_MS)]),
      }).then(([text]) => text as string),
      ended.then(() => null),
    ]);
    const announcement: ServiceAnnouncement =
      line === null ? { error: complaints.trim() || 'its process ended' } : JSON.parse(line);
    if ('error' in announcement) throw new Error(announcement.error);
    return handle(child.pid!, `http://127.0.0.1:${announcement.port}`, stop);
  } catch (cause) {
    kill();
    await stop();
    signal.throwIfAborted();
    throw new BenchError('SERVICE_START', `The SmartMenu service did not start: ${messageOf(cause)}.`, {
      exitCode: 4,
      cause,
    });
  }
}

function handle(pid: number, url: string, stop: () => Promise<void>): ServiceHandle {
  const client = new Client(url);
  return {
    url,
    pid,
    async stats() {
      const { statusCode, body } = await client.request({ method: 'GET', path: '/-/stats' });
      if (statusCode !== 200) throw new Error(`The service answered its statistics with ${statusCode}.`);
      return (await body.json()) as ServiceStats;
    },
    async [Symbol.asyncDispose]() {
      await client.destroy();
      await stop();
    },
  };
}
