import { chmodSync, lstatSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { BenchError, wordsOf } from './errors.js';
import { makeFolder } from './folder.js';

/**
 * The folder for what is made once and kept (server binaries, loaded data, k6) and for the data of running clusters:
 * `BENCH_CACHE`; else a system folder for root, whose servers run as another user that can't look into root's home;
 * else the user's own cache folder. It exists when this returns.
 *
 * @throws BenchError if it can't be made
 */
export function cacheDir(): string {
  const candidates = process.env.BENCH_CACHE ? [resolve(process.env.BENCH_CACHE)] : defaultDirs();
  let failure: unknown;
  for (const dir of candidates) {
    try {
      makeEnterable(dir);
      // In a folder that all may write to, another user could have made it first, to have us run their binaries.
      const uid = process.getuid?.();
      if (uid === 0 && lstatSync(dir).uid !== uid) throw new Error('it belongs to another user');
      return dir;
    } catch (error) {
      failure = error;
    }
  }
  throw new BenchError(
    'CACHE_UNUSABLE',
    `The cache folder ${candidates.join(' or ')} can't be used (${wordsOf(failure)}): set BENCH_CACHE to a folder of your own.`,
    { cause: failure },
  );
}

/** A folder of this name in the cache, which the servers' user can enter. */
export function cacheFolder(name: 'binaries' | 'kept' | 'runs' | 'templates'): string {
  return makeEnterable(join(cacheDir(), name));
}

/** Root's umask may well keep others out of new folders. One that was there already stays as it is. */
function makeEnterable(dir: string): string {
  if (makeFolder(dir) !== undefined) chmodSync(dir, 0o755);
  return dir;
}

function defaultDirs(): string[] {
  if (process.getuid?.() === 0) return ['/var/cache/splitbench', '/var/tmp/splitbench'];
  if (process.env.XDG_CACHE_HOME) return [join(process.env.XDG_CACHE_HOME, 'splitbench')];
  return [join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache', 'splitbench')];
}
