import type { Category, TraceKind } from '../record/pure.js';

/**
 * The trace: what a workload asks of the system, event by event, on its schedule.
 *
 * A trace is a file of newline-delimited JSON. Its first line is the {@link TraceHeader}; each further line is one
 * {@link TraceEvent}, ordered by `dueUs`. It can be written and read as a stream whatever its size, and its SHA-256
 * is its identity: two runs did the same work if they replayed traces of the same hash.
 */

export const TRACE_SCHEMA = 'splitbench.trace/1';

/** How worth moving to a replica a request is (not its rank under overload). */
export type Priority = 'high' | 'medium' | 'low';

export interface TraceHeader {
  schema: typeof TRACE_SCHEMA;
  kind: TraceKind;
  /** Name of the workload it was made from: `smartmenu`, or the log's file name. */
  workload: string;
  /** Whether events tell that they failed when they were captured; what doesn't tell it can't be compared. */
  tellsFailures?: boolean;
  /** Facts about its making (seed, rate, database, source...): informative, not interpreted. */
  meta: Record<string, string | number | boolean | null>;
}

interface EventBase {
  /** When the event is due, in whole microseconds from the start of the trace. */
  dueUs: number;
  /** The user session it belongs to: events of one session happen in order, one after the other. */
  session: number;
  category: Category;
  priority: Priority;
}

export type HttpMethod = 'GET' | 'POST' | 'PATCH';

export interface HttpEvent extends EventBase {
  /** Name of the operation, such as `menu` or `report.revenue`. */
  operation: string;
  http: { method: HttpMethod; path: string; body?: unknown };
}

export interface SqlEvent extends EventBase {
  /** A statement to run; with `values`, as a prepared one. Values are in PostgreSQL's text format; null is NULL. */
  sql: { text: string; values?: (string | null)[] };
  /** Who its session was logged as. Told with the session's first event only. */
  user?: string;
  /** The SQLSTATE with which it failed when it was captured. */
  failed?: string;
  /** Why it isn't to be played; it counts as skipped. */
  skip?: string;
}

export type TraceEvent = HttpEvent | SqlEvent;
