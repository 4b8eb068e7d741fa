import os from 'node:os';
import { cleanRemains, requireCapability } from '../cluster/index.js';
import {
  type CapacityStep,
  findKnee,
  isKneePassed,
  type Knee,
  type Probe,
  type ProbeStep,
  startProbe,
} from '../load/index.js';
import { BenchError } from '../machine/pure.js';
import { startWatch, type Watch } from '../observe/index.js';
import type { WorkSpec } from '../plan/index.js';
import { percentileMs } from '../record/histogram.js';
import { newRunId } from '../record/index.js';
import { type CpuMethod, nodeOf } from '../record/pure.js';
import { refuseHeldUp, requireSeen } from './held-up.js';
import { type Prepared, prepare } from './prepare.js';
import type { Following, RunContext } from './progress.js';
import { drivenFromOutside } from './smartmenu.js';
import { onStage, REQUEST_TIMEOUT_MS, type Stage } from './stage.js';

const CAPACITY_SCHEMA = 'splitbench.capacity/1';

/** Users double from step to step, up to here: in a closed loop more would only wait in line. */
const MAX_CONCURRENCY = 64;
/** Requests for the rehearsal: more than it sends in its few seconds. */
const REHEARSED = { ratePerSecond: 1000, seconds: 20 };

/** How much the primary alone can do, and the rate that follows from it. */
export interface Capacity {
  schema: typeof CAPACITY_SCHEMA;
  seed: number;
  scale: number;
  budget: { cpus: number; method: CpuMethod };
  machineCores: number;
  poolSize: number;
  stepSeconds: number;
  steps: CapacityStep[];
  knee: Knee;
  /** The share of the knee's throughput that is proposed. */
  share: number;
  /** Requests per second. */
  proposedRate: number;
}

/**
 * Loads the primary alone with SmartMenu's requests in a closed loop, by more and more users, until its throughput
 * no longer rises, on a copy of the data set that is thrown away.
 * @param request.stepSeconds how long each number of users plays
 * @throws BenchError for a captured trace, for what the machine lacks, if nothing was answered or CPU use not
 *   seen, if interrupted, or if held up
 */
export async function findCapacity(
  request: Following & { work: WorkSpec; stepSeconds: number },
): Promise<Capacity> {
  const { work, stepSeconds, ...following } = request;
  const spec = drivenFromOutside(
    work,
    'The capacity probe is for SmartMenu: a captured trace sets its own pace, so there is no rate to find.',
  );
  await cleanRemains();
  const context = { id: newRunId('capacity', new Date()), ...following };
  await using prepared = await prepare(spec, context);
  following.onProgress({ phase: 'starting the primary', etaS: null });
  return await onStage(prepared, { ...context, side: 'baseline' }, (stage) =>
    probeOn(stage, prepared, { ...context, stepSeconds }),
  );
}

async function probeOn(
  stage: Stage,
  prepared: Prepared,
  { id, stepSeconds, onProgress }: RunContext & { stepSeconds: number },
): Promise<Capacity> {
  const { seed, scale } = prepared.work.source;
  const traffic = { seed: seed!, scale: scale! };
  requireCapability(stage.cluster, 'cpu', 'The capacity probe');
  const { poolSize } = prepared.topology;
  const { budget } = stage.cluster.primary;
  onProgress({ phase: 'rehearsing', etaS: null });
  const rehearsed = await prepared.trace(REHEARSED.ratePerSecond, REHEARSED.seconds);
  await stage.rehearse(rehearsed.file);
  await using probe = startProbe({
    url: stage.service!.url,
    ...traffic,
    timeoutS: REQUEST_TIMEOUT_MS / 1000,
    runId: id,
    signal: stage.signal,
  });
  await using watch = await startWatch(stage);
  const steps: CapacityStep[] = [];
  for (let concurrency = 1; concurrency <= MAX_CONCURRENCY; concurrency *= 2) {
    const detail = concurrency === 1 ? '1 user' : `${concurrency} users`;
    onProgress({ phase: 'probing the capacity', etaS: null, detail });
    steps.push(await playStep(probe, watch, { concurrency, seconds: stepSeconds }));
    if (isKneePassed(steps)) break;
  }
  const machineCores = os.availableParallelism();
  const knee = findKnee(steps, machineCores);
  if (!(knee.ratePerSecond > 0)) {
    throw new BenchError('CAPACITY_NOT_FOUND', 'The capacity probe got no valid answer at all.', {
      exitCode: 4,
    });
  }
  return {
    schema: CAPACITY_SCHEMA,
    ...traffic,
    budget: { ...budget, cpus: budget.cpus ?? machineCores },
    machineCores,
    poolSize,
    stepSeconds,
    steps,
    knee,
    share: prepared.spec.utilisation,
    proposedRate: Math.max(1, Math.round(prepared.spec.utilisation * knee.ratePerSecond)),
  };
}

async function playStep(probe: Probe, watch: Watch, step: ProbeStep): Promise<CapacityStep> {
  const { startMs, endMs, cpuSeconds, ok, failed, latency } = await probe.play(step);
  const window = { startMs, endMs };
  const playedS = (endMs - startMs) / 1000;
  const seen = watch.result(window);
  refuseHeldUp(seen, 'The capacity probe');
  const primary = nodeOf(seen, 'primary')!;
  return {
    concurrency: step.concurrency,
    ratePerSecond: ok / playedS,
    p50Ms: percentileMs(latency, 0.5) ?? 0,
    p99Ms: percentileMs(latency, 0.99) ?? 0,
    primaryUtilisation: requireSeen(primary.utilisation, 'the primary'),
    primaryCores: requireSeen(primary.cpuSeconds, 'the primary') / playedS,
    serviceCores: requireSeen(seen.machine.serviceCores, 'the service'),
    generatorCores: cpuSeconds / playedS,
    failed,
  };
}
