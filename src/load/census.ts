import { byCategory, type Category } from '../record/pure.js';
import { readBatches, type TraceEvent, type TraceHeader } from '../workload/index.js';
import { isInWindow, type Window } from './tally.js';

/** How many events a trace holds, counted before it is played: what the accounting has to add up to. */
export interface Census {
  kind: TraceHeader['kind'];
  /** As the trace's header says. */
  tellsFailures: boolean;
  events: number;
  /** When the last event is due, in ms of the schedule that is played. */
  durationMs: number;
  whole: Record<Category, number>;
  window: Record<Category, number>;
  /** Most events due in one second. */
  peakPerSecond: number;
  sessions: Map<number, CountedSession>;
}

/**
 * A session: how many of its events are to be played, so that a player knows when it is over, and when the first and the
 * last of these are due.
 */
export interface CountedSession {
  /** Who it was logged as, where that is known. */
  user?: string;
  events: number;
  fromMs: number;
  toMs: number;
}

/** When an event is due, in ms from the zero of a schedule that is played `speed` times faster than written. */
export function dueMs(event: TraceEvent, speed: number): number {
  return event.dueUs / 1000 / speed;
}

/**
 * Reads a trace once and counts it. Throws as `readBatches`.
 * @param see shown each event, and its place in the trace, from 0
 */
export async function takeCensus(
  traceFile: string,
  speed: number,
  window: Window,
  see?: (event: TraceEvent, place: number) => void,
): Promise<Census> {
  const { header, batches } = await readBatches(traceFile);
  const census: Census = {
    kind: header.kind,
    tellsFailures: header.tellsFailures ?? false,
    events: 0,
    durationMs: 0,
    whole: byCategory(() => 0),
    window: byCategory(() => 0),
    peakPerSecond: 0,
    sessions: new Map(),
  };
  let second = 0;
  let inSecond = 0;
  for await (const batch of batches) {
    for (const event of batch) {
      const due = dueMs(event, speed);
      see?.(event, census.events);
      census.events++;
      census.durationMs = due;
      census.whole[event.category]++;
      if (isInWindow(due, window)) census.window[event.category]++;
      if (Math.floor(due / 1000) !== second) inSecond = 0;
      second = Math.floor(due / 1000);
      census.peakPerSecond = Math.max(census.peakPerSecond, ++inSecond);
      let session = census.sessions.get(event.session);
      if (!session) {
        const user = 'user' in event ? event.user : undefined;
        session = { user, events: 0, fromMs: due, toMs: due };
        census.sessions.set(event.session, session);
      }
      if ('skip' in event && event.skip !== undefined) continue;
      if (session.events++ === 0) session.fromMs = due;
      session.toMs = due;
    }
  }
  return census;
}
