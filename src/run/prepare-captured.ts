import { join, resolve } from 'node:path';
import { clusterProvider } from '../cluster/index.js';
import { BenchError } from '../machine/pure.js';
import { cutTrace, summarizeTrace } from '../workload/index.js';
import type { Prepared, PrepareRequest } from './prepare.js';
import {
  DEFAULT_POOL_SIZE,
  describeCluster,
  makeScratch,
  pickDriver,
  policyOf,
  settlePlan,
} from './resolve.js';

/** A captured trace keeps a connection for every session in a transaction; the servers allow 100 in all. */
const MAX_POOL_SIZE = 80;

/** A captured trace: played whole at its own pace, on the data of its snapshot. */
export async function prepareCaptured(request: PrepareRequest, traceFile: string): Promise<Prepared> {
  const { id, options, plan: given, signal, onProgress } = request;
  if (!given && options.rate !== 'auto') {
    throw new BenchError(
      'OPTION_CONFLICT',
      'A captured trace has its own pace: leave --rate out, or play it faster or slower with --speed.',
    );
  }
  const summary = await summarizeTrace(traceFile);
  if (summary.header.kind !== 'sql') {
    throw new BenchError(
      'TRACE_KIND',
      `${traceFile} holds requests for a service; --workload takes a trace of SQL statements, made by "bench import".`,
    );
  }
  if (summary.events === 0)
    throw new BenchError(
      'TRACE_EMPTY',
      `${traceFile} holds no event: import a log that has statements in it.`,
    );
  const snapshotPath = given ? given.workload.snapshot?.path : options.snapshot;
  if (!snapshotPath) {
    throw new BenchError(
      'SNAPSHOT_MISSING',
      'A captured trace needs the data it ran on: give a dump or a data directory with --snapshot.',
    );
  }
  const speed = given?.load.speed ?? options.speed;
  const { driver, warnings } = await pickDriver(request, 'sql');
  const cluster = await describeCluster(
    request,
    Math.min(MAX_POOL_SIZE, Math.max(DEFAULT_POOL_SIZE, summary.peakSessions)),
  );
  onProgress({ phase: 'preparing the snapshot', etaS: null });
  const data = await clusterProvider(cluster.kind).prepare(
    {
      kind: 'snapshot',
      path: snapshotPath,
      database: given?.workload.snapshot?.database ?? options.database,
    },
    { signal, onProgress: (detail) => onProgress({ phase: 'preparing the snapshot', etaS: null, detail }) },
  );
  const sha256 = data.snapshotSha256!;
  if (given?.workload.snapshot && given.workload.snapshot.sha256 !== sha256) {
    throw new BenchError(
      'SNAPSHOT_CHANGED',
      `The snapshot ${snapshotPath} is not the one the plan names: its content has changed.`,
    );
  }
  const scratch = makeScratch(id);
  const wholeS = Math.max(1, Math.ceil((summary.durationUs + 1) / 1e6 / speed));
  const warmupS = given?.load.warmupS ?? options.warmup ?? 0;
  const durationS = given?.load.durationS ?? options.duration ?? Math.max(1, wholeS - warmupS);
  const cut = warmupS + durationS < wholeS;
  const prepared: Prepared = {
    data,
    driver,
    cluster,
    policy: await policyOf(request),
    warnings: [...warnings, ...data.warnings],
    rate: 'known',
    targetUtilisation: options.utilisation,
    traceFile,
    traceAt: () => Promise.reject(new Error('a captured trace has its own pace')),
    async settle() {
      if (cut) {
        prepared.traceFile = join(scratch.path, 'trace.ndjson');
        await cutTrace(traceFile, prepared.traceFile, (warmupS + durationS) * 1e6 * speed);
      }
      return settlePlan(request, prepared, cut ? await summarizeTrace(prepared.traceFile) : summary, {
        traceFile: resolve(traceFile),
        seed: null,
        scale: null,
        snapshot: { path: resolve(snapshotPath), sha256, database: data.database },
        ratePerSecond: null,
        rateSource: 'trace',
        targetUtilisation: null,
        speed,
        warmupS,
        durationS,
      });
    },
    [Symbol.asyncDispose]: async () => scratch.remove(),
  };
  return prepared;
}
