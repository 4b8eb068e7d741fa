import { fingerprintSync } from 'libpg-query';
import { isParseable } from './parse.js';

/**
 * A statement's identity whatever literals or parameters stand in it, as a server's counts have it; null if it can't be parsed.
 * `loadParser()` must have been awaited.
 * @see https://github.com/pganalyze/libpg_query/wiki/Fingerprinting
 */
export function fingerprintOf(sql: string): string | null {
  if (!isParseable(sql)) return null;
  try {
    return fingerprintSync(sql);
  } catch {
    return null;
  }
}
