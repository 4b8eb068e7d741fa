import { join } from 'node:path';
import { BenchError } from '../machine/pure.js';
import type { WorkSpec } from '../plan/index.js';
import { startService } from '../service/index.js';
import { writeTrace } from '../workload/index.js';
import {
  DATABASE,
  generateTraffic,
  loadSmartmenu,
  OPERATIONS,
  smartmenuBytes,
  smartmenuFingerprint,
  trafficHeader,
} from '../workload/smartmenu/index.js';
import { ofCaptured, refuseAsked } from './refuse-options.js';
import { DEFAULT_POOL_SIZE, type Workload } from './workload.js';

/** SmartMenu: data and traffic are made from seed, scale, rate and duration. */
export const smartmenu: Workload = {
  takes: ({ workload, application }) => workload === 'smartmenu' && !application,
  async open(spec) {
    const { seed = 1, trafficSeed, scale = 1, rate, warmupS = 10, durationS = 60 } = spec;
    refuseAsked(
      ofCaptured(spec),
      'belongs to a captured trace: name one with --workload TRACE, or leave it out.',
    );
    return {
      kind: 'smartmenu',
      traceKind: 'http',
      startService,
      operations: new Map(OPERATIONS.map(({ name, sql }) => [name, sql])),
      dataset: {
        kind: 'made',
        label: 'smartmenu',
        key: { scale, seed, data: smartmenuFingerprint({ scale, seed }) },
        database: DATABASE,
        bytes: smartmenuBytes(scale),
        load: (admin) => loadSmartmenu(admin, { scale, seed }),
      },
      source: { seed, ...(trafficSeed !== undefined && { trafficSeed }), scale, traceFile: null },
      rate,
      speed: 1,
      warmupS,
      durationS,
      poolSize: DEFAULT_POOL_SIZE,
      async trace({ folder, ratePerSecond, seconds }) {
        const file = join(folder, `trace-${ratePerSecond}-${seconds}.ndjson`);
        const traffic = {
          seed: trafficSeed ?? seed,
          scale,
          ratePerSecond: ratePerSecond!,
          durationS: seconds,
        };
        await writeTrace(file, trafficHeader(traffic), generateTraffic(traffic));
        return { file };
      },
    };
  },
};

/**
 * The work of a service that is driven by whoever asks it, and by no load driver: k6 need not be here.
 * @param others why there is no such thing of other work, in words
 * @throws BenchError OPTION_CONFLICT for other work
 */
export function drivenFromOutside(work: WorkSpec, others: string): WorkSpec {
  if (!smartmenu.takes(work)) throw new BenchError('OPTION_CONFLICT', others);
  return { ...work, driver: 'player' };
}
