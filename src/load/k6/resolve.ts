import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BenchError } from '../../machine/pure.js';
import type { PrepareOptions } from '../driver.js';
import { cachedK6Paths, type Installation, installK6 } from './install.js';
import { type K6, MINIMUM_K6_VERSION, versionOf } from './version.js';

/**
 * A k6 that is there already, else one got into the cache, else the reason in words why none could be had.
 * @throws as resolveK6, and the signal's reason if aborted
 */
export async function getK6(options: PrepareOptions): Promise<Installation> {
  const k6 = await resolveK6();
  return k6 ? { k6, reason: null } : installK6(options);
}

/**
 * Finds a k6 that is there already: the one that `BENCH_K6` names, else one on the PATH that is new enough, else the
 * one in the cache. Null if there is none.
 * @throws BenchError K6_UNUSABLE if `BENCH_K6` is set and isn't a k6 that will do
 */
export async function resolveK6(): Promise<K6 | null> {
  if (process.env.BENCH_K6) return named(process.env.BENCH_K6);
  return (await onPath()) ?? (await inCache());
}

async function named(path: string): Promise<K6> {
  const found = await versionOf(path);
  if ('problem' in found) {
    throw new BenchError(
      'K6_UNUSABLE',
      `BENCH_K6 is ${path}, but ${found.problem}: name a k6 of version ${MINIMUM_K6_VERSION} or later, or unset it.`,
    );
  }
  return { path, version: found.version, source: `BENCH_K6 (${path})` };
}

async function onPath(): Promise<K6 | null> {
  const name = process.platform === 'win32' ? 'k6.exe' : 'k6';
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, name);
    if (!existsSync(path)) continue;
    const found = await versionOf(path);
    if ('version' in found) return { path, version: found.version, source: `PATH (${path})` };
  }
  return null;
}

async function inCache(): Promise<K6 | null> {
  for (const { path, source } of cachedK6Paths()) {
    if (!existsSync(path)) continue;
    const found = await versionOf(path);
    if ('version' in found) return { path, version: found.version, source };
  }
  return null;
}
