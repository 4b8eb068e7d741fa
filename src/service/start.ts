import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';
import { startWorker, type Worker } from '../machine/index.js';
import { BenchError, wordsOf } from '../machine/pure.js';
import type { ServiceAnnouncement, ServiceConfig, ServiceStats } from './config.js';

/** A running SmartMenu service. Disposing it ends its process, within a few seconds at worst. */
export interface ServiceHandle extends AsyncDisposable {
  /** Base URL, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly pid: number;
  /** How its process ended, in words, if it wasn't asked to; never settles if it was. */
  readonly lost: Promise<string>;
  /** The router's counters and pools, and what the process used. Cheap: called at 10 Hz. */
  stats(): Promise<ServiceStats>;
}

/** How long the service may take to begin listening, and to end when asked to. */
const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 4_000;
const LATE = { error: `it was not listening after ${START_TIMEOUT_MS / 1000} s` };

/**
 * Starts the service in a process of its own on a free port of the loopback interface, unless it is told another.
 * @param options.runId the run that it is part of
 * @throws BenchError SERVICE_START if it doesn't begin to listen; the signal's reason if aborted
 */
export async function startService(
  options: ServiceConfig & { runId?: string; signal: AbortSignal },
): Promise<ServiceHandle> {
  const { signal, runId, ...config } = options;
  const worker = startWorker<ServiceAnnouncement>('service/main', { signal, runId });
  try {
    worker.send(config);
    const late = sleep(START_TIMEOUT_MS, LATE, { ref: false });
    const said = (await Promise.race([worker.receive(), late])) ?? { error: (await worker.ended).words };
    if ('error' in said) throw new Error(said.error);
    return handle(worker, said.port);
  } catch (cause) {
    await worker.stop();
    signal.throwIfAborted();
    throw new BenchError('SERVICE_START', `The SmartMenu service did not start: ${wordsOf(cause)}.`, {
      exitCode: 4,
      cause,
    });
  }
}

function handle(worker: Worker<ServiceAnnouncement>, port: number): ServiceHandle {
  const url = `http://127.0.0.1:${port}`;
  const client = new Client(url);
  return {
    url,
    pid: worker.process.pid!,
    lost: worker.lost.then(({ words }) => words),
    async stats() {
      const { statusCode, body } = await client.request({ method: 'GET', path: '/-/stats' });
      if (statusCode !== 200) throw new Error(`The service answered its statistics with ${statusCode}.`);
      return (await body.json()) as ServiceStats;
    },
    async [Symbol.asyncDispose]() {
      await client.destroy();
      await worker.stop(STOP_TIMEOUT_MS);
    },
  };
}
