import { explainFullDisk } from '../machine/index.js';
import { BenchError } from '../machine/pure.js';
import { hashPlan } from '../record/index.js';
import { PLAN_SCHEMA, type Plan, type Planned, type PlannedLoad, type RateSearch } from '../record/pure.js';
import { summarizeTrace } from '../workload/index.js';
import { hashTypes } from '../workload/parameter-types/index.js';
import { findRate } from './find-rate.js';
import { type Prepared, thisMachine } from './prepare.js';
import type { RunContext } from './progress.js';
import type { LoadSummary } from './workload.js';

/** What runs follow: the plan, and the trace that it names. */
export interface Settled extends Planned {
  traceFile: string;
  /** How the rate was found; null where none had to be. */
  rateSearch: RateSearch | null;
}

/**
 * Settles what is still open: finds the rate if it has to be found, makes the trace, and with it the plan.
 * @throws BenchError as findRate, DISK_FULL (exit code 4), or TRACE_CHANGED if the trace isn't that of the plan to follow
 */
export async function settle(prepared: Prepared, context: RunContext): Promise<Settled> {
  const { spec, work } = prepared;
  const rateSearch = work.rate === 'auto' ? await findRate(prepared, context) : null;
  const ratePerSecond = work.rate === 'auto' ? rateSearch!.ratePerSecond : work.rate;
  const { file, summary } = await prepared
    .trace(ratePerSecond, work.warmupS + work.durationS)
    .catch((error) => {
      throw explainFullDisk(error, 4);
    });
  const trace = summary ?? (await summarizeTrace(file));
  const plan = spec.plan
    ? followed(spec.plan, prepared, trace)
    : planOf(prepared, trace, {
        ratePerSecond,
        targetUtilisation: rateSearch?.targetUtilisation ?? spec.rateFoundFor ?? null,
      });
  return { plan, planHash: hashPlan(plan), traceFile: file, rateSearch };
}

function followed(plan: Plan, prepared: Prepared, trace: LoadSummary): Plan {
  const { spec, work } = prepared;
  const { traceFile, trafficSeed } = work.source;
  const { traceSha256, parameterTypesSha256 } = plan.workload;
  if (trafficSeed !== plan.workload.trafficSeed) {
    return {
      ...plan,
      workload: { ...plan.workload, trafficSeed, ...ofTrace(trace) },
      policy: spec.policy,
    };
  }
  if (traceSha256 === trace.sha256) {
    if (parameterTypesSha256 === hashOfTypes(prepared)) return { ...plan, policy: spec.policy };
    throw new BenchError(
      'TYPES_CHANGED',
      `The types of parameters in ${traceFile} are not those of the plan: the file beside the trace has changed. Make a new baseline.`,
    );
  }
  if (work.application) {
    throw new BenchError(
      'TRACE_CHANGED',
      `The scenario ${work.application.scenario} is not the one the plan names: what it does has changed. Make a new baseline.`,
    );
  }
  throw new BenchError(
    'TRACE_CHANGED',
    traceFile === null
      ? 'The plan names a trace that this version of the bench does not make from the same seed and rate: make a new baseline.'
      : `The trace ${traceFile} is not the one the plan names: its content has changed.`,
  );
}

function hashOfTypes({ parameterTypes }: Prepared): string | undefined {
  return parameterTypes ? hashTypes(parameterTypes) : undefined;
}

function ofTrace({ sha256, events, sessions, eventsByCategory }: LoadSummary) {
  return { traceSha256: sha256, events, sessions, eventsByCategory };
}

function planOf(
  prepared: Prepared,
  trace: LoadSummary,
  rate: Pick<PlannedLoad, 'ratePerSecond' | 'targetUtilisation'>,
): Plan {
  const { spec, work, driver, topology, data } = prepared;
  const { kind, application, source, dataset, speed, shape, pooled, executors, warmupS, durationS } = work;
  return {
    schema: PLAN_SCHEMA,
    workload: {
      kind,
      name: trace.header.workload,
      ...source,
      ...ofTrace(trace),
      snapshot:
        dataset.kind === 'snapshot'
          ? {
              path: dataset.path,
              sha256: data.snapshotSha256!,
              database: data.database,
              ...(dataset.globals && { globals: { path: dataset.globals, sha256: data.globalsSha256! } }),
            }
          : null,
      parameterTypesSha256: hashOfTypes(prepared),
      application,
    },
    load: {
      driver: driver.name,
      driverVersion: driver.version,
      ...rate,
      ...{ executors, speed, shape, pooled, warmupS, durationS },
    },
    topology,
    policy: spec.policy,
    machine: thisMachine(),
  };
}
