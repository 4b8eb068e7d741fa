import { leasePrimary } from '../nodes/primary.js';
import type { ConnectOptions } from '../types.js';
import { admit } from './admission.js';
import type { Finish, Parts } from './parts.js';
import { Pinned } from './pinned.js';
import type { Routes } from './routes.js';

/** Opens connections that are held for several statements. */
export class Connections {
  constructor(
    readonly parts: Parts,
    readonly routes: Routes,
    readonly finish: Finish,
  ) {}

  /** On the primary, unless it is read-only and a replica may answer. */
  async open(options: ConnectOptions): Promise<Pinned> {
    const { parts, finish } = this;
    const route = this.routes.forConnection(options);
    const category = options.category ?? (options.readOnly ? 'read' : undefined);
    const onReplica = route.to === 'replica' ? await parts.replicas.take(route) : undefined;
    if (onReplica !== undefined) {
      const { load, breaker } = onReplica.node;
      // How long it is held says nothing of how fast the server answers.
      const onRelease = (broke: boolean) => {
        load.end(null);
        if (broke) breaker.failure();
        else breaker.success();
      };
      return new Pinned({ ...onReplica, route, category, finish, onRelease }, parts);
    }
    const leave = await admit(route, parts);
    const onRelease = () => leave?.();
    try {
      const onPrimary = await leasePrimary(parts.servers.health, parts.settings.failoverWaitMs);
      return new Pinned({ ...onPrimary, route, category, finish, onRelease }, parts);
    } catch (error) {
      leave?.();
      throw error;
    }
  }
}
