import type { Census, CountedSession } from '../census.js';

/** What one of the player's threads plays. */
export interface Share {
  /** Events of each of its sessions. */
  sessions: Map<number, number>;
  /** Its connections per node; undefined for requests over HTTP. */
  poolSize: number | undefined;
}

/**
 * Events per second that one thread is given: a third of what it can play. Seen on two cores shared with the server: 20,000
 * simple statements a second, at 40 to 45 µs of CPU each.
 */
const RATE_PER_THREAD = 8000;
/** A thread with fewer connections than that would wait for one while another's are free. */
const POOL_PER_THREAD = 4;

/** What there is for all threads together: the machine's cores, and connections per node. */
interface Resources {
  cores: number;
  poolSize: number | undefined;
}

/**
 * How many threads are to play a trace. Half of the cores are left to the servers, which need as much for a simple
 * statement: on two cores, a second thread has both go slower.
 */
export function threadsFor(
  { peakPerSecond, sessions }: Pick<Census, 'peakPerSecond' | 'sessions'>,
  { cores, poolSize = Number.POSITIVE_INFINITY }: Resources,
): number {
  const wanted = Math.ceil(peakPerSecond / RATE_PER_THREAD);
  const beside = Math.floor(cores / 2);
  return Math.max(1, Math.min(wanted, sessions.size, beside, Math.floor(poolSize / POOL_PER_THREAD)));
}

/**
 * Deals sessions and connections out to threads. A session goes to the thread that has the fewest open at its first
 * event, so that none ever has more than its part of them: pools that are large enough for the trace are so for each
 * thread.
 */
export function deal(
  sessions: ReadonlyMap<number, CountedSession>,
  { threads, poolSize }: { threads: number; poolSize: number | undefined },
): Share[] {
  const shares = Array.from({ length: threads }, (_, thread) => ({
    sessions: new Map<number, number>(),
    poolSize: poolSize && Math.floor((poolSize + thread) / threads),
    open: 0,
    events: 0,
  }));
  const edges = [...sessions].flatMap(([session, { fromMs, toMs }]) => [
    { session, atMs: fromMs, opens: true },
    { session, atMs: toMs, opens: false },
  ]);
  edges.sort((a, b) => a.atMs - b.atMs || Number(b.opens) - Number(a.opens));
  const dealt = new Map<number, (typeof shares)[number]>();
  for (const { session, opens } of edges) {
    if (!opens) dealt.get(session)!.open--;
    else {
      const share = shares.reduce((a, b) => ((b.open - a.open || b.events - a.events) < 0 ? b : a));
      const { events } = sessions.get(session)!;
      share.sessions.set(session, events);
      share.events += events;
      share.open++;
      dealt.set(session, share);
    }
  }
  return shares.map(({ sessions, poolSize }) => ({ sessions, poolSize }));
}
