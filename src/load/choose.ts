import { BenchError } from '../machine/pure.js';
import type { LoadDriver } from './driver.js';
import { createK6Driver } from './k6/driver.js';
import { installK6, resolveK6 } from './k6/resolve.js';
import { createPlayer } from './player/driver.js';

/**
 * The driver for a kind of trace. `auto` is k6 for HTTP traces where it can be had, else the player, and says so.
 * @throws BenchError K6_UNAVAILABLE if k6 was asked for by name, or DRIVER_KIND if it can't play this trace
 */
export async function chooseDriver(
  wanted: 'auto' | 'k6' | 'player',
  kind: 'http' | 'sql',
  options: { signal: AbortSignal; onProgress?: (detail: string) => void },
): Promise<{ driver: LoadDriver; warnings: string[] }> {
  if (kind === 'sql' && wanted === 'k6') {
    throw new BenchError(
      'DRIVER_KIND',
      'k6 plays HTTP traces only: a captured SQL trace is played with --driver player (or auto).',
    );
  }
  if (kind === 'sql' || wanted === 'player') return { driver: createPlayer(), warnings: [] };
  const found = await resolveK6();
  if (found) return { driver: createK6Driver(found), warnings: [] };
  const installed = await installK6(options);
  if (installed.k6) return { driver: createK6Driver(installed.k6), warnings: [] };
  if (wanted === 'k6') {
    throw new BenchError(
      'K6_UNAVAILABLE',
      `k6 can't be had here: ${installed.reason}. Set BENCH_K6 to a k6 binary, or use --driver player.`,
    );
  }
  return {
    driver: createPlayer(),
    warnings: [`k6 can't be had here (${installed.reason}), so the built-in player drives the load.`],
  };
}
