import { CATEGORIES } from './policy/categories.js';
import { ISOLATION_LEVELS } from './requests/isolation.js';

type OfOptions =
  | 'INVALID_ENVIRONMENT'
  | 'INVALID_OPTION'
  | 'UNKNOWN_POLICY'
  | 'INVALID_POLICY'
  | 'INVALID_PROTECTION';
type AtStart = 'PRIMARY_DOWN' | 'PRIMARY_IS_STANDBY' | 'SERVER_TOO_OLD' | 'BAD_CATALOG';
type OfServers =
  | 'CONNECT_FAILED'
  | 'ACQUIRE_TIMEOUT'
  | 'HEALTH_TIMEOUT'
  | 'PRIMARY_UNAVAILABLE'
  | 'SPLIT_BRAIN';
type OfRequests =
  | 'UNKNOWN_CATEGORY'
  | 'UNKNOWN_ISOLATION'
  | 'FOREIGN_SESSION'
  | 'PRIMARY_BUDGET_EXCEEDED'
  | 'MAYBE_COMMITTED'
  | 'ROLLED_BACK';
type OfState = 'SESSION_STATE_NEEDED' | 'NEEDS_PRIMARY' | 'SESSION_LOST';
type OfUse = 'CLOSED' | 'CLIENT_RELEASED';
export type RouterErrorCode = OfOptions | AtStart | OfServers | OfRequests | OfState | OfUse;

/** An error of the router itself; what a server answers is passed on as `pg` gives it. */
export class RouterError extends Error {
  override readonly name: string = 'RouterError';
  constructor(
    /** Stable and machine-readable. */
    readonly code: RouterErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** A read that no replica could answer was refused, so that the primary keeps up with its writes. */
export class PrimaryBudgetExceeded extends RouterError {
  override readonly name = 'PrimaryBudgetExceeded';
  constructor(message: string) {
    super('PRIMARY_BUDGET_EXCEEDED', message);
  }
}

/** The connection broke while a write ran: it may have committed or not, and only its caller can find out which. */
export class MaybeCommitted extends RouterError {
  override readonly name = 'MaybeCommitted';
  readonly maybeCommitted = true;
  constructor(cause: unknown) {
    super(
      'MAYBE_COMMITTED',
      `The connection was lost while a write ran, which may have committed: look before repeating it (${errorText(cause)}).`,
      cause,
    );
  }
}

export function routerClosed(): RouterError {
  return new RouterError('CLOSED', 'The router was closed.');
}

export function clientReleased(): RouterError {
  return new RouterError('CLIENT_RELEASED', 'The client was given back to its pool: take another one.');
}

export function unknownCategory(given: string): RouterError {
  return new RouterError(
    'UNKNOWN_CATEGORY',
    `There is no category "${given}": use one of ${CATEGORIES.join(', ')}.`,
  );
}

export function unknownIsolation(given: string): RouterError {
  return new RouterError(
    'UNKNOWN_ISOLATION',
    `There is no isolation level "${given}": use one of ${ISOLATION_LEVELS.join(', ')}.`,
  );
}

/** A statement asks for the last number that its session drew, and was given with no session that could have drawn one. */
export function sessionStateNeeded(): RouterError {
  return new RouterError(
    'SESSION_STATE_NEEDED',
    'lastval() and currval() answer for one session: use RETURNING, or run them in the transaction or on the held client that drew the number.',
  );
}

/**
 * @param what a command or function that a replica can't do as it is meant
 * @param where it was asked for, and what to do instead
 */
export function needsPrimary(what: string, where: string, cause?: unknown): RouterError {
  return new RouterError('NEEDS_PRIMARY', `${what} can't be had ${where}.`, cause);
}

/** What a client had left in its session went with its connection, or can't be had again on another. */
export function sessionLost(cause: unknown): RouterError {
  return new RouterError(
    'SESSION_LOST',
    `This client's session is lost, with what it had set or drawn there: release the client and take another one (${errorText(cause)}).`,
    cause,
  );
}

const queued = new WeakMap<object, number>();

/** Remembers how long a request that failed had waited in the queue of a pool, in ms. */
export function noteQueued(error: unknown, ms: number): void {
  if (ms > 0 && typeof error === 'object' && error !== null) queued.set(error, ms);
}

/**
 * Of the time that a request took until it failed with this error, what it had waited while all connections of a pool
 * were taken, in ms: what `routing.queuedMs` is of an answer.
 */
export function queuedMsOf(error: unknown): number {
  return (typeof error === 'object' && error !== null && queued.get(error)) || 0;
}

/** The text of whatever was thrown. */
export function errorText(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(errorText).join(', ');
  return error instanceof Error ? error.message : String(error);
}
