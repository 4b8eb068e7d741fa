import { errorText } from '../errors.js';
import type { Release } from '../nodes/protection.js';
import type { Parts } from './parts.js';
import type { Holder, Route } from './route.js';

/**
 * A place for a read on the primary, to be given back; undefined for who needs none: writes, what may be one, and what
 * runs on a connection that its client holds already, unless no replica could answer it.
 * @throws RouterError `ACQUIRE_TIMEOUT`, or PrimaryBudgetExceeded for a read that no replica could answer
 */
export function admit(
  route: Route,
  { protection, settings, warnings }: Parts,
  holder: Holder | undefined,
): Release | Promise<Release> | undefined {
  const { category, rule, reason, fallback } = route;
  if (protection === undefined || rule === undefined) return undefined;
  if (category === 'write' || reason === 'learned') return undefined;
  if (holder?.holds && !fallback) return undefined;
  if (!fallback || reason === 'fallback-behind') {
    const place = protection.enter(category, settings.acquireTimeoutMs);
    return place instanceof Promise ? queueFor(place, route) : place;
  }
  const place = protection.enterFallback(category);
  if (!(place instanceof Promise)) return place;
  return queueFor(place, route).catch((error) => {
    warnings.say({ code: 'shed', node: 'primary', message: errorText(error) }, category);
    throw error;
  });
}

async function queueFor(place: Promise<Release>, route: Route): Promise<Release> {
  const askedMs = performance.now();
  try {
    return await place;
  } finally {
    route.queuedMs += performance.now() - askedMs;
  }
}
