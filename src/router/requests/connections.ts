import type { NodeLease } from '../nodes/node.js';
import { leasePrimary } from '../nodes/primary.js';
import { Pinned } from '../sessions/pinned.js';
import type { ConnectOptions } from '../types.js';
import { type Route, type Routes, routingOf } from './route.js';
import type { Means } from './statements.js';

/** Told of a statement once it was answered. */
export type Finish = (route: Route, ok: boolean, text: string | undefined) => void;

/** Opens connections that are held for several statements. */
export class Connections {
  constructor(
    readonly means: Means,
    readonly routes: Routes,
    readonly finish: Finish,
  ) {}

  /** On the primary, unless it is read-only and a replica may answer. */
  async open(options: ConnectOptions): Promise<Pinned> {
    const { replicas, admission, consistency, failoverWaitMs } = this.means;
    const route = this.routes.forConnection(options);
    const onReplica = route.to === 'replica' ? await replicas.take(route) : undefined;
    if (onReplica !== undefined) {
      const { load, breaker } = onReplica.node;
      // How long it is held says nothing of how fast the server answers.
      return this.#pin(onReplica, route, options, (broke) => {
        load.end(null);
        if (broke) breaker.failure();
        else breaker.success();
      });
    }
    const release = await admission.admit(route);
    try {
      const onPrimary = await leasePrimary(consistency.health, failoverWaitMs);
      return this.#pin(onPrimary, route, options, () => release?.());
    } catch (error) {
      release?.();
      throw error;
    }
  }

  #pin(
    { node, lease }: NodeLease,
    route: Route,
    { category, readOnly }: ConnectOptions,
    onRelease: (broke: boolean) => void,
  ): Pinned {
    const { consistency, knowledge } = this.means;
    const { health } = consistency;
    const { session } = route;
    route.node = node;
    route.waitedMs = performance.now() - route.startedMs;
    return new Pinned(lease, routingOf(route), {
      classify: knowledge.classifier,
      category: category ?? (readOnly ? 'read' : undefined),
      tracked: consistency.concerns(route),
      onAnswer: () => {
        node.answeredAtMs = performance.now();
      },
      onStatement: ({ ok, text, ...of }) => this.finish({ ...route, ...of }, ok, text),
      onWrite: () => session?.wrote(),
      onPosition: (lsn) => consistency.saw(session, node, health.lineage, lsn),
      onCatalogChange: () => knowledge.databaseChanged(lease.client),
      onCut: () => void health.checkNow(),
      onRelease,
    });
  }
}
