import os from 'node:os';
import { CLUSTERS, clusterProvider } from '../cluster/index.js';
import { chooseDriver } from '../load/index.js';
import { openRunDir } from '../machine/index.js';
import { BenchError } from '../machine/pure.js';
import { readPolicy } from '../plan/index.js';
import { PLAN_SCHEMA, type Plan, samePlan, type TraceKind } from '../record/pure.js';
import type { RoutingPolicy } from '../router/index.js';
import type { TraceSummary } from '../workload/index.js';
import type { Prepared, PrepareRequest } from './prepare.js';

/** Each part of a plan, from the given plan or from the options and what this machine offers. */

export const DEFAULT_POOL_SIZE = 10;

/** A folder for traces, cleaned by the next bench if this one is killed. */
export const makeScratch = (id: string) => openRunDir(`${id}-traces`);

/** The policy asked for now, else the plan's, else the options'. */
export async function policyOf({ plan, policy, options }: PrepareRequest): Promise<RoutingPolicy> {
  return policy ?? plan?.policy ?? readPolicy(options.policy);
}

/** The driver the plan or the options ask for, ready to play. */
export async function pickDriver({ options, plan, signal, onProgress }: PrepareRequest, kind: TraceKind) {
  const choice = await chooseDriver({
    wanted: plan?.load.driver ?? options.driver,
    kind,
    keepAnswers: options.checkResults,
    signal,
    onProgress: (detail) => onProgress({ phase: 'getting the load driver', etaS: null, detail }),
  });
  if (plan && plan.load.driverVersion !== choice.driver.version) {
    throw new BenchError(
      'PLAN_UNMET',
      `The plan was made with ${plan.load.driver} ${plan.load.driverVersion}, but here is ${choice.driver.version}: run baseline and split with the same.`,
    );
  }
  return choice;
}

/** The servers to be: what the plan says where this machine can do it, else what it can. */
export async function describeCluster(
  { plan, options }: PrepareRequest,
  poolSize: number,
): Promise<Plan['cluster']> {
  const provider = clusterProvider(plan?.cluster.kind ?? CLUSTERS[0].kind);
  const here: Plan['cluster'] = {
    ...(await provider.describe({
      nodeCpus: plan?.cluster.nodeCpus ?? options.nodeCpus,
      settings: plan?.cluster.settings,
    })),
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

export type Settled = Pick<Plan['workload'], 'traceFile' | 'seed' | 'scale' | 'snapshot'> &
  Omit<Plan['load'], 'driver' | 'driverVersion'>;

/** The plan that a run follows: the given one if its trace is this one, else a new one. */
export function settlePlan(
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
    machine: thisMachine(),
  };
}

/**
 * A plan names the machine that its figures are of.
 * @throws BenchError PLAN_UNMET naming what differs here
 */
export function refuseOtherMachine(plan: Plan): void {
  const differences = samePlan(plan, { ...plan, machine: thisMachine() });
  if (differences.length > 0) {
    throw new BenchError(
      'PLAN_UNMET',
      `The plan was made on another machine than this (${differences.join('; ')}): follow it there, or make a new one here.`,
    );
  }
}

function thisMachine(): Plan['machine'] {
  return {
    platform: process.platform,
    arch: process.arch,
    cpuModel: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    nodeVersion: process.version,
  };
}
