import { setTimeout as sleep } from 'node:timers/promises';
import { errorText, RouterError } from '../errors.js';
import type { Health } from './health.js';
import type { NodeLease, ServerNode } from './node.js';

/** Between two attempts to connect to a primary that is there and lets nobody in. */
const RECONNECT_PAUSE_MS = 50;

/**
 * A connection to the node that takes writes: one that is idle at once, without a promise. While there is no such node,
 * or it can't be connected to, waits for one: nothing was sent yet, so nothing can be done twice.
 * @throws RouterError (it rejects) `PRIMARY_UNAVAILABLE` after `waitMs`, `SPLIT_BRAIN`, or what the pool says:
 *   `ACQUIRE_TIMEOUT`, `CLOSED`
 */
export function leasePrimary(health: Health, waitMs: number): NodeLease | Promise<NodeLease> {
  const node = health.splitBrain ? undefined : health.primary;
  const lease = node?.pool.takeIdle();
  if (lease !== undefined && lease.client.standby !== true) return { node: node!, lease, queuedMs: 0 };
  lease?.release(true);
  return awaitPrimary(health, waitMs);
}

async function awaitPrimary(health: Health, waitMs: number): Promise<NodeLease> {
  const startedMs = performance.now();
  for (;;) {
    if (health.splitBrain) throw splitBrainOf(health.splitBrain);
    const node = health.primary;
    let failure: unknown;
    if (node !== undefined) {
      try {
        const lease = node.pool.takeIdle() ?? (await node.pool.acquire());
        if (lease.client.standby !== true) return { node, lease, queuedMs: lease.queuedMs };
        // Restarted as a standby a moment ago: this connection is fit for nothing that is wanted here.
        lease.release(true);
      } catch (error) {
        if (!(error instanceof RouterError) || error.code !== 'CONNECT_FAILED') throw error;
        failure = error;
      }
      await health.checkNow();
    }
    const leftMs = startedMs + waitMs - performance.now();
    if (leftMs <= 0) throw unavailable(health, waitMs, failure);
    if (health.primary === undefined) await health.untilPrimary(leftMs);
    else await sleep(Math.min(RECONNECT_PAUSE_MS, leftMs));
  }
}

export function splitBrainOf(nodes: readonly ServerNode[]): RouterError {
  const names = nodes.map(({ name }) => name).join(' and ');
  const message = `${names} both take writes on the same timeline, so neither is written to: stop one of them.`;
  return new RouterError('SPLIT_BRAIN', message);
}

function unavailable(health: Health, waitMs: number, cause: unknown): RouterError {
  const why = cause === undefined ? health.nodes[0]!.health.lastError : errorText(cause);
  const message = `No server takes writes, waited ${waitMs} ms for one${why ? `: ${why}` : ''}.`;
  return new RouterError('PRIMARY_UNAVAILABLE', message, cause);
}
