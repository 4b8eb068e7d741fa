import type { RouterStats } from '../../router/index.js';
import type { TraceEvent } from '../../workload/index.js';
import type { Performed } from './answer-log.js';

/** An event, and its place in the trace, from 0. */
export type Placed<E extends TraceEvent> = E & { place: number };

/** Does what the events of one kind of trace ask for. */
export interface Performer<E extends TraceEvent> {
  /** Performs an event whose session's previous one has ended. Never rejects. */
  perform(event: Placed<E>): Promise<Performed>;
  /** A session has had its last event: what is kept for it can go. */
  forget(session: number): void;
  /** The router's state, where there is one. */
  routerStats?(): RouterStats;
  /** How many sessions had their last event within a transaction, where there are such: it is rolled back at once. */
  cutOff?(): number;
  /** Closes all connections; does not wait for a server that has stopped answering. */
  end(): Promise<void>;
}
