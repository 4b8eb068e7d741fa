import { AsyncLocalStorage } from 'node:async_hooks';
import type { Session } from '../types.js';

const scope = new AsyncLocalStorage<Session>();

/**
 * Runs `fn`, and all that it starts, with a session that `currentSession()` finds: one call around a request. A query
 * that is sent only when it is awaited, as by some ORMs, has to be awaited in `fn`.
 */
export function withSession<T>(session: Session, fn: () => T): T {
  return scope.run(session, fn);
}

/** The session of the innermost `withSession` around the caller. */
export function currentSession(): Session | undefined {
  return scope.getStore();
}
