import { errorText, MaybeCommitted } from '../errors.js';
import { cutsMidway, isNodeFailure, isStandbyRefusal, sqlState } from '../nodes/failures.js';
import { leasePrimary } from '../nodes/primary.js';
import type { Consistency } from '../sessions/consistency.js';
import type { RoutedResult } from '../types.js';
import type { Admission } from './admission.js';
import type { Knowledge } from './knowledge.js';
import { noteOutcome, type Replicas } from './replicas.js';
import type { Request } from './route.js';
import { mayHaveWritten, send } from './send.js';

/** What requests are run with. */
export interface Means {
  replicas: Replicas;
  admission: Admission;
  consistency: Consistency;
  knowledge: Knowledge;
  /** How long to wait for a primary while there is none. */
  failoverWaitMs: number;
}

/** Runs statements that need no connection of their own. */
export class Statements {
  constructor(readonly means: Means) {}

  /** Where its route says; that may change on the way. */
  run(request: Request): Promise<RoutedResult> {
    return request.route.to === 'replica' ? this.#runOnReplica(request) : this.#runOnPrimary(request);
  }

  /** On one other replica if one fails; on the primary if there is none, within its budget. */
  async #runOnReplica(request: Request): Promise<RoutedResult> {
    const { replicas, consistency } = this.means;
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
        this.means.knowledge.learn(request.sql, refused);
      }
    }
  }

  async #runOnPrimary(request: Request): Promise<RoutedResult> {
    const admitted = this.means.admission.admit(request.route);
    const release = admitted instanceof Promise ? await admitted : admitted;
    try {
      return await this.#sendToPrimary(request);
    } finally {
      release?.();
    }
  }

  async #sendToPrimary(request: Request): Promise<RoutedResult> {
    const { consistency, knowledge, replicas, failoverWaitMs } = this.means;
    const { route, sql, classification } = request;
    const taken = await leasePrimary(consistency.health, failoverWaitMs);
    try {
      const result = await send(request, taken, consistency);
      // Not answered before the catalog knows: the next statement may use what this one made.
      if (classification.writes !== 'never' && knowledge.classifier.changesCatalog(sql)) {
        await knowledge.databaseChanged();
      }
      return result;
    } catch (error) {
      if (!cutsMidway(error)) throw error;
      void consistency.health.checkNow();
      if (mayHaveWritten(request)) throw new MaybeCommitted(error);
      const { name } = taken.node;
      if (route.failures.some(({ node }) => node === name) || replicas.isTooLate(route)) throw error;
      route.failures.push({ node: name, error: errorText(error) });
      return this.#sendToPrimary(request);
    }
  }
}
