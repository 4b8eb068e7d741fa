import { sumOf } from '../../machine/pure.js';
import { createRouter, type NodeConfig, type RouterOptions } from '../../router/index.js';
import type { SqlEvent } from '../../workload/index.js';
import type { LoadTarget, RoleTarget } from '../driver.js';
import type { Share } from './deal.js';
import type { Performer } from './performer.js';
import { ReplayedKeys, type SharedKeys } from './replayed-keys.js';
import { leanSocket } from './socket.js';
import { createSqlPerformer, POOL_WAIT_MS } from './sql.js';
import { sumStats } from './sum-stats.js';

type SqlTarget = LoadTarget & { kind: 'sql' };

/** The application_name of a replay's connections. */
export const PLAYER = 'splitbench-player';

interface Options {
  timeoutMs: number;
  share: Share;
  /** Numbers of sequences, where the trace is known to have some. */
  keys?: SharedKeys;
}

/** How sessions connect by role; '' is the bench's own. */
function rolesOf({ router, roles }: SqlTarget): Record<string, RoleTarget> {
  return roles ?? { '': router };
}

/** How many connections per node each role has. */
export function poolSizesOf(target: SqlTarget): Record<string, number> {
  return Object.fromEntries(Object.entries(rolesOf(target)).map(([role, { poolSize }]) => [role, poolSize]));
}

/**
 * Plays each captured session on a router that connects as the role it was logged as, where the servers have that role:
 * then its settings, its rights and row security are those of the session.
 */
export async function createPerformerByRole(
  target: SqlTarget,
  { timeoutMs, share: { sessions, poolSizes, atStart }, keys: shared }: Options,
): Promise<Performer<SqlEvent>> {
  const { router, parameterOids, pooled = false } = target;
  const roles = rolesOf(target);
  const keys = shared && new ReplayedKeys(shared);
  const byRole = new Map<string, Performer<SqlEvent>>();
  for (const [role, nodes] of Object.entries(roles)) {
    const poolSize = poolSizes!.get(role)!;
    if (poolSize === 0) continue;
    const connected = await createRouter(routerOptions({ ...router, ...nodes, poolSize }, timeoutMs, pooled));
    // As the drivers of its sessions had connected before their first statements.
    await connected.warmUp(atStart.get(role) ?? 0);
    const told = parameterOids?.filter((types) => types.role === role);
    byRole.set(role, createSqlPerformer(connected, { timeoutMs, pooled, parameterOids: told, keys }));
  }
  const performers = [...byRole.values()];
  const of = (session: number) => byRole.get(sessions.get(session)!.role)!;
  return {
    perform: (event) => of(event.session).perform(event),
    forget: (session) => of(session).forget(session),
    routerStats: () => sumStats(performers.map((performer) => performer.routerStats!())),
    cutOff: () => sumOf(performers, (performer) => performer.cutOff!()),
    async end() {
      await Promise.all(performers.map((performer) => performer.end()));
    },
  };
}

/** The server itself ends a statement that runs over the time limit, or over a shorter one of its role. */
function routerOptions(
  { primary, replicas, ...rest }: SqlTarget['router'],
  timeoutMs: number,
  pooled: boolean,
): RouterOptions {
  const limited = (node: NodeConfig): NodeConfig => {
    if (typeof node === 'string') return { connectionString: node, statement_timeout: timeoutMs };
    // Encryption puts a socket of its own around it.
    const socket = node.ssl ? {} : { stream: leanSocket };
    return { statement_timeout: timeoutMs, ...socket, ...node };
  };
  return {
    ...rest,
    primary: limited(primary),
    replicas: replicas?.map((replica) =>
      typeof replica === 'object' && 'connection' in replica
        ? { ...replica, connection: limited(replica.connection) }
        : limited(replica),
    ),
    acquireTimeoutMs: pooled ? POOL_WAIT_MS : timeoutMs,
    // Each session has one, or all share them alike: none is kept from reads that stay on the primary.
    protection: { reservedForWrites: 0 },
    applicationName: PLAYER,
  };
}
