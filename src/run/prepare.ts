import os from 'node:os';
import { CLUSTERS, clusterProvider, type PreparedData } from '../cluster/index.js';
import { type ChosenDriver, chooseDriver } from '../load/index.js';
import { openRunDir } from '../machine/index.js';
import { BenchError } from '../machine/pure.js';
import type { WorkSpec } from '../plan/index.js';
import { type Plan, type PlannedMachine, type Side, samePlan } from '../record/pure.js';
import type { ParameterTypes } from '../workload/parameter-types/index.js';
import { catalogOf } from './catalog.js';
import { parameterTypes, warningOfUntold } from './parameter-types.js';
import type { RunContext } from './progress.js';
import { type Cast, castOf } from './roles.js';
import type { TraceFile, Work } from './workload.js';
import { openWork } from './workloads.js';

/** All that a run needs before its servers start. Disposed of, its traces are gone. */
export interface Prepared extends AsyncDisposable {
  readonly spec: WorkSpec;
  readonly work: Work;
  readonly driver: ChosenDriver;
  readonly topology: Plan['topology'];
  /** The work's data set in its place. */
  readonly data: PreparedData;
  /** Of the statements in a captured trace; null for other work. */
  readonly parameterTypes: ParameterTypes | null;
  /** Who a captured trace's sessions are played as; null for other work. */
  readonly cast: Cast | null;
  readonly warnings: readonly string[];
  /** The work's trace at a rate (null: at its own pace), from its start for so many seconds. */
  trace(ratePerSecond: number | null, seconds: number): Promise<TraceFile>;
}

/**
 * Makes ready what work depends on, cheapest first: the driver, what the servers will be, the data set.
 * @param sides those that will be run
 * @throws BenchError where the specification is bad, or where this machine can't follow the plan that it is from, or have
 *   the servers of a side
 */
export async function prepare(
  spec: WorkSpec,
  context: RunContext,
  sides: readonly Side[] = [],
): Promise<Prepared> {
  const { id, signal, onProgress, onWarning } = context;
  const { plan } = spec;
  if (plan) refuseUnmet(plan);
  const preparing = (phase: string) => (detail?: string) => onProgress({ phase, etaS: null, detail });
  const gettingDriver = { signal, onProgress: preparing('getting the load driver') };
  const work = await openWork(spec, gettingDriver);
  await work.requireReady?.(sides);
  const { driver, warnings } = await chooseDriver({
    wanted: spec.driver,
    kind: work.traceKind,
    keepAnswers: spec.checkResults,
    ...gettingDriver,
  });
  const { kind = CLUSTERS[0].kind, poolSize = work.poolSize, ...wanted } = spec.topology;
  const provider = clusterProvider(kind);
  const topology = { poolSize, ...(await provider.describe({ ...wanted, poolSize })) };
  for (const side of sides) provider.nodesOf(topology, side);
  if (plan) refuseUnmet(plan, { topology, load: { ...plan.load, driverVersion: driver.version } });
  const tell = preparing(work.dataset.kind === 'made' ? 'preparing the data set' : 'preparing the snapshot');
  tell();
  const data = await provider.prepare(work.dataset, {
    ...{ topology, signal, allowWritesTo: spec.allowWritesTo },
    onProgress: tell,
  });
  const planned = plan?.workload.snapshot;
  if (planned) {
    refuseChanged('snapshot', planned, data.snapshotSha256);
    if (planned.globals) refuseChanged('file of globals', planned.globals, data.globalsSha256);
  }
  const cast = work.capture ? castOf(work.capture.users, data.roles) : null;
  cast?.warnings.forEach(onWarning);
  const types = work.capture && cast ? await parameterTypes(work.capture, data, cast, context) : null;
  const untold = types ? warningOfUntold(types) : [];
  untold.forEach(onWarning);
  const { readOnly = false, inferReadOnly = false } = work.shape ?? {};
  const catalog = readOnly || inferReadOnly ? await catalogOf(data, context) : undefined;
  const scratch = openRunDir(`${id}-traces`);
  return {
    spec,
    work,
    driver,
    topology,
    data,
    parameterTypes: types,
    cast,
    warnings: [...warnings, ...data.warnings, ...(cast?.warnings ?? []), ...untold],
    trace: (ratePerSecond, seconds) => work.trace({ folder: scratch.path, ratePerSecond, seconds, catalog }),
    [Symbol.asyncDispose]: async () => scratch.remove(),
  };
}

function refuseChanged(what: string, planned: { path: string; sha256: string }, here: string | null): void {
  if (planned.sha256 === here) return;
  throw new BenchError(
    'SNAPSHOT_CHANGED',
    `The ${what} ${planned.path} is not the one the plan names: its content has changed.`,
  );
}

/** What a plan says of the machine that its figures are of. */
export function thisMachine(): PlannedMachine {
  return {
    platform: process.platform,
    arch: process.arch,
    cpuModel: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    nodeVersion: process.version,
  };
}

/**
 * @param here what else is known of what a run would have here
 * @throws BenchError PLAN_UNMET naming what a plan asks for and this machine doesn't have
 */
export function refuseUnmet(plan: Plan, here: Partial<Pick<Plan, 'load' | 'topology'>> = {}): void {
  const differences = samePlan(plan, { ...plan, ...here, machine: thisMachine() });
  if (differences.length === 0) return;
  throw new BenchError(
    'PLAN_UNMET',
    `The plan asks for something other than what is here (${differences.join('; ')}): follow it where it was made, or make a new one here.`,
  );
}
