import { join } from 'node:path';
import { clusterProvider } from '../cluster/index.js';
import { BenchError } from '../machine/pure.js';
import type { RunOptions } from '../plan/index.js';
import { summarizeTrace, writeTrace } from '../workload/index.js';
import {
  DATABASE,
  generateTraffic,
  loadSmartmenu,
  smartmenuFingerprint,
  trafficHeader,
} from '../workload/smartmenu/index.js';
import type { Prepared, PrepareRequest } from './prepare.js';
import {
  DEFAULT_POOL_SIZE,
  describeCluster,
  makeScratch,
  pickDriver,
  policyOf,
  settlePlan,
} from './resolve.js';

const DEFAULT_DURATION_S = 60;
const DEFAULT_WARMUP_S = 10;

/** SmartMenu: data and traffic are made from seed, scale, rate and duration. */
export async function prepareSmartmenu(request: PrepareRequest): Promise<Prepared> {
  const { id, options, plan: given, signal, onProgress } = request;
  if (!given) refuseCaptureOptions(options);
  const seed = given?.workload.seed ?? options.seed;
  const scale = given?.workload.scale ?? options.scale;
  const durationS = given?.load.durationS ?? options.duration ?? DEFAULT_DURATION_S;
  const warmupS = given?.load.warmupS ?? options.warmup ?? DEFAULT_WARMUP_S;
  const { driver, warnings } = await pickDriver(request, 'http');
  const cluster = await describeCluster(request, DEFAULT_POOL_SIZE);
  onProgress({ phase: 'preparing the data set', etaS: null });
  const data = await clusterProvider(cluster.kind).prepare(
    {
      kind: 'made',
      label: 'smartmenu',
      key: { scale, seed, data: smartmenuFingerprint({ scale, seed }) },
      database: DATABASE,
      load: (admin) => loadSmartmenu(admin, { scale, seed }),
    },
    { signal, onProgress: (detail) => onProgress({ phase: 'preparing the data set', etaS: null, detail }) },
  );
  const scratch = makeScratch(id);
  async function traceAt(ratePerSecond: number, seconds: number): Promise<string> {
    const file = join(scratch.path, `trace-${ratePerSecond}-${seconds}.ndjson`);
    const about = { seed, scale, ratePerSecond, durationS: seconds };
    await writeTrace(file, trafficHeader(about), generateTraffic(about));
    return file;
  }
  const prepared: Prepared = {
    data,
    driver,
    cluster,
    policy: await policyOf(request),
    warnings,
    rate: !given && options.rate === 'auto' ? 'find' : 'known',
    targetUtilisation: options.utilisation,
    traceFile: '',
    traceAt,
    async settle(foundRate) {
      const ratePerSecond = foundRate ?? given?.load.ratePerSecond ?? (options.rate as number);
      prepared.traceFile = await traceAt(ratePerSecond, warmupS + durationS);
      const summary = await summarizeTrace(prepared.traceFile);
      return settlePlan(request, prepared, summary, {
        traceFile: null,
        seed,
        scale,
        snapshot: null,
        ratePerSecond,
        rateSource: foundRate === null ? 'given' : 'found',
        targetUtilisation: foundRate === null ? null : options.utilisation,
        speed: 1,
        warmupS,
        durationS,
      });
    },
    [Symbol.asyncDispose]: async () => scratch.remove(),
  };
  return prepared;
}

function refuseCaptureOptions(options: RunOptions): void {
  const flags = [
    ['--snapshot', options.snapshot !== undefined],
    ['--database', options.database !== undefined],
    ['--speed', options.speed !== 1],
  ] as const;
  for (const [flag, given] of flags) {
    if (!given) continue;
    throw new BenchError(
      'OPTION_CONFLICT',
      `${flag} belongs to a captured trace: name one with --workload TRACE, or leave it out.`,
    );
  }
}
