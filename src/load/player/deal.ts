import type { Census, CountedSession } from '../census.js';

/** A session as a thread has to know it. */
export interface DealtSession {
  /** The role that plays it. */
  role: string;
  /** How many of its events are to be played. */
  events: number;
}

/** What one of the player's threads plays. */
export interface Share {
  sessions: Map<number, DealtSession>;
  /** Its connections per node, by the role that connects; undefined for requests over HTTP. */
  poolSizes: ReadonlyMap<string, number> | undefined;
  /** How many of its sessions are open at a time at most when the trace begins, by role. */
  atStart: ReadonlyMap<string, number>;
}

/** The beginning of a trace: as long as a connection may be idle before its pool closes it. */
const START_MS = 60_000;

/**
 * Events per second that one thread is given: a third of what it can play. Seen on two cores shared with the server: 20,000
 * simple statements a second, at 33 to 36 µs of CPU each.
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

/** The role that plays a user's sessions; '' is the one that plays all who have none of their own. */
export function roleOf(roles: object, user = ''): string {
  return Object.hasOwn(roles, user) ? user : '';
}

/**
 * Deals sessions and connections out to threads, role by role. A session goes to the thread in which its role has the most
 * connections that none of its sessions has, from its first event to its last. So a role that has as many connections as
 * sessions at a time has so in every thread, and none waits for a connection while another is idle elsewhere.
 * @param roles connections per node of each role that sessions are played as; undefined for requests over HTTP
 */
export function deal(
  sessions: ReadonlyMap<number, CountedSession>,
  { threads, roles }: { threads: number; roles: Record<string, number> | undefined },
): Share[] {
  const pools = dealConnections(threads, roles);
  const shares = pools.map((poolSizes) => ({
    sessions: new Map<number, DealtSession>(),
    poolSizes,
    atStart: new Map<string, number>(),
    open: new Map<string, number>(),
    allOpen: 0,
    events: 0,
  }));
  type Dealt = (typeof shares)[number];
  const edges = [...sessions].flatMap(([session, { user, fromMs, toMs }]) => {
    const role = roleOf(roles ?? {}, user);
    return [
      { session, role, atMs: fromMs, opens: true },
      { session, role, atMs: toMs, opens: false },
    ];
  });
  edges.sort((a, b) => a.atMs - b.atMs || Number(b.opens) - Number(a.opens));
  const dealt = new Map<number, Dealt>();
  for (const { session, role, atMs, opens } of edges) {
    const open = ({ open }: Dealt) => open.get(role) ?? 0;
    if (!opens) {
      const share = dealt.get(session)!;
      share.open.set(role, open(share) - 1);
      share.allOpen--;
      continue;
    }
    const free = (share: Dealt) => (share.poolSizes?.get(role) ?? 0) - open(share);
    const able = roles ? shares.filter(({ poolSizes }) => poolSizes!.get(role)! > 0) : shares;
    const share = able.reduce((a, b) =>
      (free(b) - free(a) || a.allOpen - b.allOpen || a.events - b.events) > 0 ? b : a,
    );
    const { events } = sessions.get(session)!;
    share.sessions.set(session, { role, events });
    share.events += events;
    share.open.set(role, open(share) + 1);
    if (atMs < START_MS) share.atStart.set(role, Math.max(share.atStart.get(role) ?? 0, open(share)));
    share.allOpen++;
    dealt.set(session, share);
  }
  return shares.map(({ sessions, poolSizes, atStart }) => ({ sessions, poolSizes, atStart }));
}

/** Every thread gets its part of each role's connections; what is left over goes round. */
function dealConnections(
  threads: number,
  roles: Record<string, number> | undefined,
): (ReadonlyMap<string, number> | undefined)[] {
  if (!roles) return Array.from({ length: threads }, () => undefined);
  const pools = Array.from({ length: threads }, () => new Map<string, number>());
  let next = 0;
  for (const [role, poolSize] of Object.entries(roles)) {
    const each = Math.floor(poolSize / threads);
    for (const pool of pools) pool.set(role, each);
    for (let left = poolSize % threads; left > 0; left--) pools[next++ % threads]!.set(role, each + 1);
  }
  return pools;
}
