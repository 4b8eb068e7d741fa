import { startWatch } from '../observe/index.js';
import type { RunRecord } from '../record/pure.js';
import { catchUp } from './catch-up.js';
import { checkResults } from './check-results.js';
import { COLLECTING_S, type Measurement, play } from './play.js';
import { REHEARSAL_S, rehearse } from './rehearse.js';
import { recordOf } from './run-record.js';
import { type Stage, startStage } from './stage.js';

/** Starting the servers and the service. */
const START_S = 3;

/**
 * Plays the plan's trace once against a fresh copy of the data set and records what was seen.
 * Everything it starts is stopped when it returns or throws.
 */
export async function measure(request: Measurement): Promise<RunRecord> {
  const { id, side, plan, prepared, signal, onProgress } = request;
  const totalS = plan.load.warmupS + plan.load.durationS;
  onProgress({
    phase: side === 'split' ? 'starting primary and replica' : 'starting the primary',
    etaS: totalS + START_S + COLLECTING_S,
  });

  await using stage = await startStage(prepared, { id, side, signal });
  if (stage.service) {
    onProgress({ phase: 'rehearsing', etaS: totalS + REHEARSAL_S + COLLECTING_S });
    await rehearse(stage, { traceFile: request.traceFile, poolSize: plan.topology.poolSize, signal });
  }
  // Awaited here: the stage is taken down when this returns.
  return await measureOn(stage, request);
}

/**
 * Plays the plan's trace once on a stage that is up, and records what was seen.
 * @param request.monitors false: nothing asks the servers while the load plays, to learn what asking costs. CPU and
 *   latency are recorded all the same; what only the servers know is not.
 */
export async function measureOn(
  stage: Stage,
  request: Measurement & { monitors?: boolean },
): Promise<RunRecord> {
  const { id, plan, prepared, traceFile, answersFile, signal, monitors } = request;
  const startedAt = new Date();
  await using answers = await checkResults({
    id,
    file: answersFile,
    traceFile,
    traceSha256: plan.workload.traceSha256,
    operations: prepared.work.operations,
    primary: stage.cluster.primary,
  });
  await using watch = await startWatch(stage, { monitors });
  const load = await play(request, { stage, watch, answers: answers?.job });
  const caughtUp = await catchUp(stage.cluster, signal);
  await watch.stop();
  return recordOf(request, { startedAt, load, watch, caughtUp, answers: await answers?.finish() });
}
