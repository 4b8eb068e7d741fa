import { errorText } from '../errors.js';
import type { PrimaryProtection, Release } from '../nodes/protection.js';
import type { ReadCategory } from '../policy/policy.js';
import type { Warnings } from '../warnings.js';
import type { Parts } from './parts.js';
import type { Route } from './route.js';

/**
 * A place for a read on the primary, to be given back; undefined for who needs none: writes, and what may be one.
 * @throws RouterError `ACQUIRE_TIMEOUT`, or PrimaryBudgetExceeded for a read that no replica could answer
 */
export function admit(
  { category, rule, reason, fallback }: Route,
  { protection, settings, warnings }: Parts,
): Release | Promise<Release> | undefined {
  if (protection === undefined || rule === undefined) return undefined;
  if (category === 'write' || reason === 'learned') return undefined;
  if (fallback && reason !== 'fallback-behind') return admitFallback(category, protection, warnings);
  return protection.enter(category, settings.acquireTimeoutMs);
}

async function admitFallback(
  category: ReadCategory,
  protection: PrimaryProtection,
  warnings: Warnings,
): Promise<Release> {
  try {
    return await protection.enterFallback(category);
  } catch (error) {
    warnings.say({ code: 'shed', node: 'primary', message: errorText(error) }, category);
    throw error;
  }
}
