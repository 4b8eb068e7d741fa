import { Pool } from 'undici';
import { type HttpEvent, readTrace } from '../workload/index.js';
import type { Stage } from './stage.js';

/** Long enough for every pooled connection to have planned its statements, short beside any run. */
export const REHEARSAL_S = 4.5;

/**
 * Plays the trace's first reads as fast as they are answered, before its schedule begins. A fresh connection plans
 * each statement anew for its first five executions, and a fresh server's caches are empty: at 90 % load that work
 * would pile up in the warm-up and its backlog reach into the measured window. The CPU budgets are lifted meanwhile, or
 * it would take three times as long. Both sides rehearse the same requests, and none of it is counted.
 * @param about.poolSize of the router's pools: twice as many requests are under way at once, so that every connection is used
 */
export async function rehearse(
  stage: Stage,
  about: { traceFile: string; poolSize: number; signal: AbortSignal },
): Promise<void> {
  const { traceFile, poolSize, signal } = about;
  if (stage.target.kind !== 'http') return;
  const connections = 2 * poolSize;
  const nodes = [stage.cluster.primary, ...stage.cluster.replicas];
  const { events } = await readTrace(traceFile);
  const client = new Pool(stage.target.url, { connections });
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
    for (const node of nodes) node.enforceBudget(false);
    await Promise.all(Array.from({ length: connections }, worker));
    for (const node of nodes) node.enforceBudget(true);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    await events.return(undefined);
    await client.destroy();
  }
}
