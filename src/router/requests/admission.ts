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
  { category, rule, reason, fallback }: Route,
  { protection, settings, warnings }: Parts,
  holder: Holder | undefined,
): Release | Promise<Release> | undefined {
  if (protection === undefined || rule === undefined) return undefined;
  if (category === 'write' || reason === 'learned') return undefined;
  if (holder?.holds && !fallback) return undefined;
  if (!fallback || reason === 'fallback-behind') return protection.enter(category, settings.acquireTimeoutMs);
  const place = protection.enterFallback(category);
  if (!(place instanceof Promise)) return place;
  return place.catch((error) => {
    warnings.say({ code: 'shed', node: 'primary', message: errorText(error) }, category);
    throw error;
  });
}
