import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BenchError } from '../../machine/pure.js';
import type { PrepareOptions } from '../driver.js';
import { cachedK6Paths, installK6 } from './install.js';
import { type K6, MINIMUM_K6_VERSION, tryK6 } from './version.js';

/**
 * A k6 that is there already, else one got into the cache, else the reason in words why none could be had.
 * @throws as resolveK6, and the signal's reason if aborted
 */
export async function getK6(options: PrepareOptions): Promise<K6 | { lacking: string }> {
  return (await resolveK6()) ?? installK6(options);
}

/**
 * Finds a k6 that is there already: the one that `BENCH_K6` names, else one on the PATH that is new enough, else the
 * one in the cache. Null if there is none.
 * @throws BenchError K6_UNUSABLE if `BENCH_K6` is set and isn't a k6 that will do
 */
export async function resolveK6(): Promise<K6 | null> {
  const named = process.env.BENCH_K6;
  if (named) {
    const k6 = await tryK6({ path: named, source: `BENCH_K6 (${named})` });
    if ('version' in k6) return k6;
    throw new BenchError(
      'K6_UNUSABLE',
      `BENCH_K6 is ${named}, but ${k6.problem}: name a k6 of version ${MINIMUM_K6_VERSION} or later, or unset it.`,
    );
  }
  const name = process.platform === 'win32' ? 'k6.exe' : 'k6';
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const onPath = folders
    .map((folder) => join(folder, name))
    .map((path) => ({ path, source: `PATH (${path})` }));
  for (const place of [...onPath, ...cachedK6Paths()]) {
    if (!existsSync(place.path)) continue;
    const k6 = await tryK6(place);
    if ('version' in k6) return k6;
  }
  return null;
}
