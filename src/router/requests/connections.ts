import { noteQueued, queuedMsOf, RouterError } from '../errors.js';
import { leasePrimary } from '../nodes/primary.js';
import type { ConnectOptions, PinnedClient } from '../types.js';
import { admit } from './admission.js';
import { routeConnection } from './choose-route.js';
import type { Parts } from './parts.js';
import { Pinned } from './pinned.js';
import { takeReplica } from './replicas.js';
import type { Holder, Route } from './route.js';

/**
 * Opens a connection for several statements: on the primary, unless it is read-only and a replica may answer.
 * @param holder whose connection to the primary it is, where he keeps one
 */
export async function openConnection(
  options: ConnectOptions,
  parts: Parts,
  holder?: Holder,
): Promise<Pinned> {
  const route = routeConnection(options, parts, holder);
  parts.onTheirWay.begin(holder !== undefined);
  try {
    return await connectFor(route, options, parts, holder);
  } catch (error) {
    noteQueued(error, route.queuedMs + queuedMsOf(error));
    throw error;
  } finally {
    parts.onTheirWay.end();
  }
}

async function connectFor(
  route: Route,
  options: ConnectOptions,
  parts: Parts,
  holder: Holder | undefined,
): Promise<Pinned> {
  const category = options.category ?? (options.readOnly ? 'read' : undefined);
  const onReplica = route.to === 'replica' ? await takeReplica(route, parts) : undefined;
  if (onReplica !== undefined) {
    const { load, breaker } = onReplica.node;
    // How long it is held says nothing of how fast the server answers.
    const onRelease = (broke: boolean) => {
      load.end(null);
      if (broke) breaker.failure();
      else breaker.success();
    };
    return new Pinned({ ...onReplica, route, category, onRelease }, parts);
  }
  const leave = await admit(route, parts, holder);
  try {
    const { servers, settings } = parts;
    const onPrimary = await (holder?.lease(route) ?? leasePrimary(servers.health, settings.failoverWaitMs));
    return new Pinned({ ...onPrimary, route, category, onRelease: () => leave?.() }, parts);
  } catch (error) {
    leave?.();
    throw error;
  }
}

/**
 * Runs `fn` in a transaction on a connection of its own.
 * @throws RouterError `ROLLED_BACK` if the server did that instead of committing
 */
export async function runTransaction<T>(
  options: ConnectOptions,
  fn: (client: PinnedClient) => Promise<T>,
  parts: Parts,
): Promise<T> {
  const client = await openConnection(options, parts);
  let over = false;
  try {
    await client.control(beginOf(options));
    const value = await fn(client);
    const { command } = await client.control('COMMIT');
    over = true;
    if (command === 'COMMIT') return value;
    throw new RouterError('ROLLED_BACK', 'The transaction was rolled back: a statement in it had failed.');
  } catch (error) {
    over ||= await client.control('ROLLBACK').then(
      () => true,
      () => false,
    );
    throw error;
  } finally {
    client.release(!over);
  }
}

function beginOf({ readOnly, isolation }: ConnectOptions): string {
  const level = isolation === undefined ? '' : ` ISOLATION LEVEL ${isolation.toUpperCase()}`;
  return `BEGIN${level}${readOnly ? ' READ ONLY' : ''}`;
}
