import { leasePrimary } from '../nodes/primary.js';
import type { ConnectOptions } from '../types.js';
import { admit } from './admission.js';
import { routeConnection } from './choose-route.js';
import type { Parts } from './parts.js';
import { Pinned } from './pinned.js';
import { takeReplica } from './replicas.js';

/** Opens a connection for several statements: on the primary, unless it is read-only and a replica may answer. */
export async function openConnection(options: ConnectOptions, parts: Parts): Promise<Pinned> {
  const route = routeConnection(options, parts);
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
  const leave = await admit(route, parts);
  try {
    const onPrimary = await leasePrimary(parts.servers.health, parts.settings.failoverWaitMs);
    return new Pinned({ ...onPrimary, route, category, onRelease: () => leave?.() }, parts);
  } catch (error) {
    leave?.();
    throw error;
  }
}
