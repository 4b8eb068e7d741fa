import { APP_ROLE, type Cluster, type DataRole, type Node } from '../cluster/index.js';
import type { RoleTarget } from '../load/index.js';
import { formatCount, sumOf } from '../machine/pure.js';
import type { ReplicaConfig } from '../router/index.js';
import type { UserSummary } from '../workload/index.js';

/** Who the sessions of a captured trace are played as. */
export interface Cast {
  /** Users of the log that are roles of the data. Each plays its own sessions, of which so many are open at most. */
  roles: readonly (DataRole & { sessions: number })[];
  /** Sessions that the bench's own role plays, which are open at most. */
  otherSessions: number;
  /** What is not played as who it was logged as, and why, in sentences. */
  warnings: readonly string[];
}

/**
 * Finds a trace's users among the roles that came with the data.
 * @param data null where no role is to be played as itself
 * @param users by the name they were logged with; '' for sessions of which that isn't known
 */
export function castOf(users: ReadonlyMap<string, UserSummary>, data: readonly DataRole[] | null): Cast {
  if (data === null) return playedAsOne(users);
  const roles: Cast['roles'][number][] = [];
  const missing: string[] = [];
  const warnings: string[] = [];
  let otherSessions = 0;
  for (const [user, { events, peakSessions }] of users) {
    const role = data.find(({ name }) => name === user);
    const statements = `${formatCount(events)} ${events === 1 ? 'statement' : 'statements'}`;
    if (role && role.refusal === undefined) {
      roles.push({ ...role, sessions: peakSessions });
      continue;
    }
    otherSessions += peakSessions;
    if (role) {
      warnings.push(
        `The log's user "${user}" can't log in to the copy of the snapshot (${role.refusal}): ${PLAYED_WITHOUT} (${statements}).`,
      );
    } else if (user !== '' && user !== APP_ROLE) missing.push(`"${user}" (${statements})`);
  }
  if (missing.length > 0) {
    const who = missing.length === 1 ? `user ${missing[0]} isn't` : `users ${missing.join(', ')} aren't`;
    warnings.push(
      `The log's ${who} among the roles of the snapshot: ${PLAYED_WITHOUT}. Give the roles with --globals FILE, which "pg_dumpall -g" writes.`,
    );
  }
  return { roles, otherSessions, warnings };
}

function playedAsOne(users: ReadonlyMap<string, UserSummary>): Cast {
  const otherSessions = sumOf(users.values(), ({ peakSessions }) => peakSessions);
  const named = [...users.keys()].filter((user) => user !== '');
  const all = `All sessions are played as the user in the servers' URLs, without the settings and rights of the log's (${named.join(', ')}).`;
  return { roles: [], otherSessions, warnings: named.length > 0 ? [all] : [] };
}

const PLAYED_WITHOUT =
  `these statements are played as "${APP_ROLE}", a superuser, without the user's settings ` +
  '(such as search_path), rights and row security';

/** The role that plays a user's sessions; '' is the bench's own. */
export function playerOf({ roles }: Cast, user: string): string {
  return roles.some(({ name }) => name === user) ? user : '';
}

/**
 * How the player connects as each role and, under '', as the bench's own: the connections to a node are dealt out by the
 * sessions that are open at a time. None has fewer than one, and where there are as many as sessions, none has fewer than
 * sessions. Pooled, each role has as many connections as were asked for.
 */
export function connectionsOf(
  { roles, otherSessions }: Cast,
  { primary, replicas }: Pick<Cluster, 'primary' | 'replicas'>,
  { poolSize, pooled, timeoutMs }: { poolSize: number; pooled?: number; timeoutMs: number },
): Record<string, RoleTarget> {
  const others = otherSessions > 0 ? [otherSessions] : [];
  const poolSizes = share(poolSize, [...roles.map(({ sessions }) => sessions), ...others]);
  const connect = (own: { user?: string; statement_timeout?: false }, index: number): RoleTarget => ({
    primary: { ...primary.app, ...own },
    replicas: replicas.map((node) => asReplica(node, own)),
    poolSize: pooled ?? poolSizes[index]!,
  });
  const targets = roles.map(({ name, statementTimeoutMs }, index): [string, RoleTarget] => {
    const isShorter = statementTimeoutMs > 0 && statementTimeoutMs < timeoutMs;
    // What a connection asks for would be in place of what the role has.
    return [name, connect({ user: name, ...(isShorter && { statement_timeout: false }) }, index)];
  });
  if (otherSessions > 0) targets.push(['', connect({}, roles.length)]);
  return Object.fromEntries(targets);
}

/** A replica as the router takes it. @param own what the connection has beside the node's own */
export function asReplica({ app, reservedFor, weight }: Node, own: object = {}): ReplicaConfig {
  return { connection: { ...app, ...own }, ...(reservedFor && { reservedFor }), ...(weight && { weight }) };
}

/** Shares out what there is: one for each, and of the rest always the next to who has the least of what he wants. */
function share(all: number, wanted: readonly number[]): number[] {
  const shares = wanted.map(() => 1);
  const has = (index: number) => shares[index]! / wanted[index]!;
  for (let left = all - wanted.length; left > 0; left--) {
    shares[wanted.reduce((least, _, index) => (has(index) < has(least) ? index : least), 0)]!++;
  }
  return shares;
}
