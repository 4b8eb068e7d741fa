import os from 'node:os';
import { join } from 'node:path';
import { resolveBinaries } from '../cluster/binaries.js';
import { detectCpuMethod } from '../cluster/cpu-budget.js';
import { defaultSettings } from '../cluster/embedded.js';
import { openRunDir } from '../cluster/run-dir.js';
import { ensureSnapshotTemplate } from '../cluster/snapshot.js';
import { ensureTemplate, type Template } from '../cluster/template.js';
import { BenchError } from '../errors.js';
import { chooseDriver } from '../load/choose.js';
import type { LoadDriver } from '../load/driver.js';
import type { RunOptions } from '../plan/options.js';
import { PLAN_SCHEMA, type Plan } from '../plan/plan.js';
import { readPolicy } from '../plan/read-policy.js';
import type { RoutingPolicy } from '../router/index.js';
import { cutTrace } from '../workload/cut-trace.js';
import { DATABASE, loadSmartmenu, smartmenuFingerprint } from '../workload/smartmenu/load.js';
import { generateTraffic, trafficHeader } from '../workload/smartmenu/traffic.js';
import { summarizeTrace, type TraceSummary, writeTrace } from '../workload/trace-file.js';
import type { OnProgress } from './progress.js';

const DEFAULT_POOL_SIZE = 10;
/** A captured trace keeps a connection for every session in a transaction; the servers allow 100 in all. */
const MAX_POOL_SIZE = 80;

/** All that a run needs before its servers start, and the way from a rate to the plan. */
export interface Prepared extends AsyncDisposable {
  template: Template;
  database: string;
  driver: LoadDriver;
  cluster: Plan['cluster'];
  policy: RoutingPolicy;
  warnings: string[];
  /** `calibrate`: settle() wants the rate that calibration found. */
  rate: 'calibrate' | 'known';
  targetLoad: number;
  traceFile: string;
  /** Writes a trace of the workload at another rate, for a calibration step. */
  traceAt(ratePerSecond: number, durationS: number): Promise<string>;
  /** Makes the trace and the plan that names it. */
  settle(calibratedRate: number | null): Promise<Plan>;
}

interface PrepareRequest {
  id: string;
  options: RunOptions;
  plan: Plan | undefined;
  policy: RoutingPolicy | undefined;
  signal: AbortSignal;
  onProgress: OnProgress;
}

/**
 * Resolves everything a run depends on, cheapest checks first: the driver, the trace or its seed, the data set.
 * @throws BenchError where the input is bad, or where this machine can't follow the given plan
 */
export async function prepare(request: PrepareRequest): Promise<Prepared> {
  const { options, signal, onProgress } = request;
  const given = request.plan;
  const captured = given
    ? given.workload.traceFile
    : options.workload === 'smartmenu'
      ? null
      : options.workload;
  return captured === null ? prepareSmartmenu(request) : prepareCaptured(request, captured);

  async function prepareSmartmenu({ id }: PrepareRequest): Promise<Prepared> {
    if (!given && options.snapshot) {
      throw new BenchError(
        'OPTION_CONFLICT',
        '--snapshot belongs to a captured trace: name one with --workload TRACE, or leave it out.',
      );
    }
    const seed = given?.workload.seed ?? options.seed;
    const scale = given?.workload.scale ?? options.scale;
    const durationS = given?.load.durationS ?? options.duration ?? 60;
    const warmupS = given?.load.warmupS ?? options.warmup ?? 10;
    const { driver, warnings } = await pickDriver(request, 'http');
    const cluster = await describeCluster(request, DEFAULT_POOL_SIZE);
    onProgress({ phase: 'preparing the data set', etaS: null });
    const template = await ensureTemplate({
      label: 'smartmenu',
      key: { scale, seed, data: smartmenuFingerprint({ scale, seed }) },
      database: DATABASE,
      load: (admin) => loadSmartmenu(admin, { scale, seed }),
      signal,
      onProgress: (detail) => onProgress({ phase: 'preparing the data set', etaS: null, detail }),
    });
    const scratch = makeScratch(id);
    async function traceAt(ratePerSecond: number, seconds: number): Promise<string> {
      const file = join(scratch.path, `trace-${ratePerSecond}-${seconds}.ndjson`);
      const about = { seed, scale, ratePerSecond, durationS: seconds };
      await writeTrace(file, trafficHeader(about), generateTraffic(about));
      return file;
    }
    const prepared: Prepared = {
      template,
      database: DATABASE,
      driver,
      cluster,
      policy: await policyOf(request),
      warnings,
      rate: !given && options.rate === 'auto' ? 'calibrate' : 'known',
      targetLoad: options.load,
      traceFile: '',
      traceAt,
      async settle(calibratedRate) {
        const ratePerSecond = calibratedRate ?? given?.load.ratePerSecond ?? (options.rate as number);
        prepared.traceFile = await traceAt(ratePerSecond, warmupS + durationS);
        const summary = await summarizeTrace(prepared.traceFile);
        return settlePlan(request, prepared, summary, {
          traceFile: null,
          seed,
          scale,
          snapshot: null,
          ratePerSecond,
          rateSource: calibratedRate === null ? 'given' : 'calibrated',
          targetLoad: calibratedRate === null ? null : options.load,
          speed: 1,
          warmupS,
          durationS,
        });
      },
      [Symbol.asyncDispose]: async () => scratch.remove(),
    };
    return prepared;
  }

  async function prepareCaptured({ id }: PrepareRequest, traceFile: string): Promise<Prepared> {
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
    const snapshot = await ensureSnapshotTemplate({
      path: snapshotPath,
      database: options.database,
      signal,
      onProgress: (detail) => onProgress({ phase: 'preparing the snapshot', etaS: null, detail }),
    });
    if (given?.workload.snapshot && given.workload.snapshot.sha256 !== snapshot.sha256) {
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
      template: snapshot,
      database: snapshot.database,
      driver,
      cluster,
      policy: await policyOf(request),
      warnings: [...warnings, ...snapshot.warnings],
      rate: 'known',
      targetLoad: options.load,
      traceFile,
      traceAt: () => Promise.reject(new Error('a captured trace has its own pace')),
      async settle() {
        if (cut) {
          prepared.traceFile = join(scratch.path, 'trace.ndjson');
          await cutTrace(traceFile, prepared.traceFile, (warmupS + durationS) * 1e6 * speed);
        }
        return settlePlan(request, prepared, cut ? await summarizeTrace(prepared.traceFile) : summary, {
          traceFile,
          seed: null,
          scale: null,
          snapshot: { path: snapshotPath, sha256: snapshot.sha256 },
          ratePerSecond: null,
          rateSource: 'trace',
          targetLoad: null,
          speed,
          warmupS,
          durationS,
        });
      },
      [Symbol.asyncDispose]: async () => scratch.remove(),
    };
    return prepared;
  }
}

/** A folder for traces, cleaned by the next bench if this one is killed. */
const makeScratch = (id: string) => openRunDir(`${id}-traces`);

async function policyOf({ plan, policy, options }: PrepareRequest): Promise<RoutingPolicy> {
  return policy ?? plan?.policy ?? readPolicy(options.policy);
}

async function pickDriver({ options, plan, signal, onProgress }: PrepareRequest, kind: 'http' | 'sql') {
  const wanted = plan?.load.driver ?? options.driver;
  const choice = await chooseDriver(wanted, kind, {
    signal,
    onProgress: (detail) => onProgress({ phase: 'getting k6', etaS: null, detail }),
  });
  if (plan && plan.load.driverVersion !== choice.driver.version) {
    throw new BenchError(
      'PLAN_UNMET',
      `The plan was made with ${plan.load.driver} ${plan.load.driverVersion}, but here is ${choice.driver.name} ${choice.driver.version}: run baseline and split with the same.`,
    );
  }
  return choice;
}

async function describeCluster(
  { plan, options }: PrepareRequest,
  poolSize: number,
): Promise<Plan['cluster']> {
  const [{ version }, { method }] = await Promise.all([resolveBinaries(), detectCpuMethod()]);
  const here: Plan['cluster'] = {
    kind: 'embedded',
    postgresVersion: version,
    nodeCpus: plan?.cluster.nodeCpus ?? options.nodeCpus,
    cpuMethod: method,
    settings: plan?.cluster.settings ?? { ...defaultSettings },
    poolSize: plan?.cluster.poolSize ?? poolSize,
  };
  for (const [what, planned, actual] of [
    ['PostgreSQL', plan?.cluster.postgresVersion, here.postgresVersion],
    ['CPU budget method', plan?.cluster.cpuMethod, here.cpuMethod],
  ] as const) {
    if (planned !== undefined && planned !== actual) {
      throw new BenchError(
        'PLAN_UNMET',
        `The plan wants ${what} ${planned}, but this machine has ${actual}: make a new baseline here.`,
      );
    }
  }
  return here;
}

type Settled = Pick<Plan['workload'], 'traceFile' | 'seed' | 'scale' | 'snapshot'> &
  Omit<Plan['load'], 'driver' | 'driverVersion'>;

function settlePlan(
  request: PrepareRequest,
  prepared: Prepared,
  trace: TraceSummary,
  settled: Settled,
): Plan {
  const { traceFile, seed, scale, snapshot, ...load } = settled;
  const planned = request.plan?.workload.traceSha256;
  if (planned !== undefined && planned !== trace.sha256) {
    throw new BenchError(
      'TRACE_CHANGED',
      traceFile === null
        ? 'The plan names a trace that this version of the bench does not make from the same seed and rate: make a new baseline.'
        : `The trace ${traceFile} is not the one the plan names: its content has changed.`,
    );
  }
  if (request.plan) return { ...request.plan, policy: prepared.policy };
  return {
    schema: PLAN_SCHEMA,
    workload: {
      name: trace.header.workload,
      kind: trace.header.kind,
      seed,
      scale,
      traceFile,
      traceSha256: trace.sha256,
      events: trace.events,
      sessions: trace.sessions,
      eventsByCategory: trace.eventsByCategory,
      snapshot,
    },
    load: { driver: prepared.driver.name, driverVersion: prepared.driver.version, ...load },
    cluster: prepared.cluster,
    policy: prepared.policy,
    machine: {
      platform: process.platform,
      arch: process.arch,
      cpuModel: os.cpus()[0]?.model ?? 'unknown',
      cores: os.availableParallelism(),
      memoryBytes: os.totalmem(),
      nodeVersion: process.version,
    },
  };
}
