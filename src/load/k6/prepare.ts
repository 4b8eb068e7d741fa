import { openRunDir } from '../../machine/index.js';
import type { LoadResult } from '../../record/pure.js';
import type { LoadDriver, LoadJob } from '../driver.js';
import { getK6 } from './resolve.js';
import type { K6 } from './version.js';

/**
 * Gets k6 for a driver that plays with it.
 * @param scratch ends the name of the folder that each play has for itself
 */
export function preparesK6(
  scratch: string,
  playIn: (dir: string, k6: K6, job: LoadJob) => Promise<LoadResult>,
): LoadDriver['prepare'] {
  return async (options) => {
    const k6 = await getK6(options);
    if ('lacking' in k6) return { lacking: `${k6.lacking}; BENCH_K6 can name one` };
    return {
      version: k6.version,
      source: k6.source,
      async play(job) {
        const dir = openRunDir(`${job.runId ?? 'k6'}-${scratch}`);
        try {
          return await playIn(dir.path, k6, job);
        } finally {
          dir.remove();
        }
      },
    };
  };
}
