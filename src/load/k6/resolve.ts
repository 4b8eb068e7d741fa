import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BenchError } from '../../machine/pure.js';
import { cachedK6Paths } from './install.js';
import { type K6, MINIMUM_K6_VERSION, versionOf } from './version.js';

export { type Installation, type InstallOptions, installK6 } from './install.js';
export type { K6 } from './version.js';

/**
 * Finds a k6 that is there already: the one that `BENCH_K6` names, else one on the PATH that is new enough, else the
 * one in the cache. Null if there is none: then {@link installK6} can get one.
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
