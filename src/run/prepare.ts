import type { PreparedData } from '../cluster/index.js';
import type { ChosenDriver } from '../load/index.js';
import type { RunOptions } from '../plan/index.js';
import type { Plan } from '../record/pure.js';
import type { RoutingPolicy } from '../router/index.js';
import { prepareCaptured } from './prepare-captured.js';
import { prepareSmartmenu } from './prepare-smartmenu.js';
import type { OnProgress } from './progress.js';
import { refuseOtherMachine } from './resolve.js';

/** All that a run needs before its servers start, and the way from a rate to the plan. */
export interface Prepared extends AsyncDisposable {
  data: PreparedData;
  driver: ChosenDriver;
  cluster: Plan['cluster'];
  policy: RoutingPolicy;
  warnings: string[];
  /** `find`: settle() wants the rate that findRate found. */
  rate: 'find' | 'known';
  targetUtilisation: number;
  traceFile: string;
  /** Writes a trace of the workload at another rate, for a step of the search for a rate. */
  traceAt(ratePerSecond: number, durationS: number): Promise<string>;
  /** Makes the trace and the plan that names it. */
  settle(foundRate: number | null): Promise<Plan>;
}

export interface PrepareRequest {
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
  const { options, plan } = request;
  if (plan) refuseOtherMachine(plan);
  const named = options.workload === 'smartmenu' ? null : options.workload;
  const traceFile = plan ? plan.workload.traceFile : named;
  return traceFile === null ? prepareSmartmenu(request) : prepareCaptured(request, traceFile);
}
