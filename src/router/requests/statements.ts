import { errorText, MaybeCommitted } from '../errors.js';
import { cutsMidway, isNodeFailure, isStandbyRefusal, sqlState } from '../nodes/failures.js';
import { leasePrimary } from '../nodes/primary.js';
import type { RoutedResult } from '../types.js';
import { admit } from './admission.js';
import type { Parts } from './parts.js';
import { noteOutcome } from './replicas.js';
import type { Request } from './route.js';
import { mayHaveWritten, send } from './send.js';

/** Runs statements that need no connection of their own. */
export class Statements {
  constructor(readonly parts: Parts) {}

  /** Where its route says; that may change on the way. */
  run(request: Request): Promise<RoutedResult> {
    return request.route.to === 'replica' ? this.#runOnReplica(request) : this.#runOnPrimary(request);
  }

  /** On one other replica if one fails; on the primary if there is none, within its budget. */
  async #runOnReplica(request: Request): Promise<RoutedResult> {
    const { replicas, consistency } = this.parts;
    const { route } = request;
    for (;;) {
      const taken = await replicas.take(route);
      if (taken === undefined) return this.#runOnPrimary(request);
      const { node } = taken;
      const sentMs = performance.now();
      try {
        const result = await send(request, taken, consistency);
        noteOutcome(node, performance.now() - sentMs);
        return result;
      } catch (error) {
        noteOutcome(node, null, error);
        if (isStandbyRefusal(error)) return this.#runRefused(request, { standby: node.name, refusal: error });
        replicas.failed(route, node, error);
      }
    }
  }

  /** Remembers the statement as one for the primary, unless that refuses it in the same way. */
  async #runRefused(request: Request, refused: { standby: string; refusal: unknown }): Promise<RoutedResult> {
    request.route.to = 'primary';
    request.route.reason = 'learned';
    let failure: unknown;
    try {
      return await this.#runOnPrimary(request);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      if (sqlState(failure) !== sqlState(refused.refusal) && !isNodeFailure(failure)) {
        this.parts.knowledge.learn(request.sql, refused);
      }
    }
  }

  async #runOnPrimary(request: Request): Promise<RoutedResult> {
    const admitted = admit(request.route, this.parts);
    const release = admitted instanceof Promise ? await admitted : admitted;
    try {
      return await this.#sendToPrimary(request);
    } finally {
      release?.();
    }
  }

  async #sendToPrimary(request: Request): Promise<RoutedResult> {
    const { consistency, knowledge, replicas, servers, settings } = this.parts;
    const { health } = servers;
    const { route, sql, classification } = request;
    const taken = await leasePrimary(health, settings.failoverWaitMs);
    try {
      const result = await send(request, taken, consistency);
      // Not answered before the catalog knows: the next statement may use what this one made.
      if (classification.writes !== 'never' && knowledge.classifier.changesCatalog(sql)) {
        await knowledge.databaseChanged();
      }
      return result;
    } catch (error) {
      if (!cutsMidway(error)) throw error;
      void health.checkNow();
      if (mayHaveWritten(request)) throw new MaybeCommitted(error);
      const { name } = taken.node;
      if (route.failures.some(({ node }) => node === name) || replicas.isTooLate(route)) throw error;
      route.failures.push({ node: name, error: errorText(error) });
      return this.#sendToPrimary(request);
    }
  }
}
