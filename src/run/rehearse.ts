import { Pool } from 'undici';
import { type HttpEvent, readTrace } from '../workload/index.js';

/** Long enough for every pooled connection to have planned its statements, short beside any run. */
export const REHEARSAL_S = 4.5;

/** Sends a service the reads of a trace as fast as they are answered, until the rehearsal is over or none is left. */
export async function sendReads(
  traceFile: string,
  { url, connections, signal }: { url: string; connections: number; signal: AbortSignal },
): Promise<void> {
  const { events } = await readTrace(traceFile);
  const client = new Pool(url, { connections });
  // One listener for all requests: each would add its own to the run's signal.
  const stop = () => void client.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const endsAt = performance.now() + REHEARSAL_S * 1000;
  async function worker() {
    while (performance.now() < endsAt && !signal.aborted) {
      const next = await events.next();
      if (next.done) return;
      const { http } = next.value as HttpEvent;
      if (http.method !== 'GET') continue;
      // Some ask for what the trace itself has yet to write: not found is as good an answer here as any.
      const { body } = await client.request({ method: 'GET', path: http.path });
      await body.dump();
    }
  }
  try {
    await Promise.all(Array.from({ length: connections }, worker));
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    await events.return(undefined);
    await client.destroy();
  }
}
