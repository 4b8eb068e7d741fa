import pg from 'pg';
import { RouterError } from '../errors.js';

/** SQLSTATE of an error that a server answered with; undefined for every other error. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** A server is going, starting or full (57P01-57P03, 53300, class 08). */
const NODE_STATES = /^(08...|57P0[1-4]|53300)$/;
/** Replay on a standby took away what a read needed, or the lock that it held. */
const REPLAY_CONFLICT = /^(40001|40P01)$/;
const SOCKET_CODES =
  /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_AGAIN|ENOENT|ENOTCONN|ERR_STREAM|ERR_SOCKET)/;
const LOST = /^(Connection terminated|Client has encountered a connection error|Client was closed)/;

/** Whether a read failed because of the node it ran on, so that it may succeed on another. */
export function isNodeFailure(error: unknown): boolean {
  if (error instanceof RouterError)
    return error.code === 'CONNECT_FAILED' || error.code === 'ACQUIRE_TIMEOUT';
  const state = sqlState(error);
  if (state !== undefined) return NODE_STATES.test(state) || REPLAY_CONFLICT.test(state);
  return isLostConnection(error);
}

/** Whether replay on a standby ended a read: no fault of the node, and the read may succeed elsewhere. */
export function isReplayConflict(error: unknown): boolean {
  return REPLAY_CONFLICT.test(sqlState(error) ?? '');
}

/** Whether a statement that was sent got no answer: the server went away, or `pg` lost patience. */
export function cutsMidway(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return /^(08...|57P0[1-4])$/.test(state);
  return isLostConnection(error) || (error instanceof Error && error.message === 'Query read timeout');
}

function isLostConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return SOCKET_CODES.test(String((error as { code?: unknown }).code)) || LOST.test(error.message);
}

/**
 * Whether a standby refused a statement for what it does: 25006 (read-only transaction), 0A000 and 55000 (recovery
 * is in progress), XX000 ("... during recovery"). By code where it can be: messages are translated. A plan that has
 * to be made anew is 0A000 as well, and no refusal.
 */
export function isStandbyRefusal(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false;
  const { code, routine, message } = error;
  if (code === '0A000') return routine !== 'RevalidateCachedQuery';
  if (code === 'XX000') return /during recovery/.test(message);
  return code === '25006' || code === '55000';
}

/** Whether a standby refused what a primary does even in a READ ONLY transaction (LISTEN, a temporary table). */
export function isRecoveryRefusal(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.routine === 'PreventCommandDuringRecovery';
}

/** Whether a server did not answer a health check in time: it may only be busy. */
export function isHealthTimeout(error: unknown): boolean {
  return error instanceof RouterError && error.code === 'HEALTH_TIMEOUT';
}
