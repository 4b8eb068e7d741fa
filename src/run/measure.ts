import { benchVersion } from '../machine/index.js';
import { formatCount, formatSeconds } from '../machine/pure.js';
import { startWatch } from '../observe/index.js';
import {
  type Answers,
  isApplication,
  LATE_CAUSES,
  type LateCause,
  type LoadResult,
  type Plan,
  RUN_SCHEMA,
  type RunRecord,
} from '../record/pure.js';
import { catchUp } from './catch-up.js';
import { checkResults, finishOrWarn } from './check-results.js';
import { heldUpInWords, wasHeldUp } from './held-up.js';
import { COLLECTING_S } from './live.js';
import { othersCores } from './others-cores.js';
import { BLOCK_S, type Measurement, play } from './play.js';
import { REHEARSAL_S } from './rehearse.js';
import { onStage, REQUEST_TIMEOUT_MS, type Stage } from './stage.js';

/** Starting the servers and the service. */
const START_S = 3;
/** A replay may take so much longer than its trace, in share and seconds, before it is said: the last answers take a moment. */
const OVERTIME = { share: 0.1, seconds: 1 };

/** What was seen in a run: its record, and what its reads were answered, where that was to be kept. */
export interface Measured {
  record: RunRecord;
  answers: Answers | null;
}

/**
 * Plays the plan's trace once against a fresh copy of the data set and records what was seen.
 * Everything it starts is stopped when it returns or throws.
 */
export async function measure(request: Measurement): Promise<Measured> {
  const { side, plan, prepared, onProgress } = request;
  const totalS = plan.load.warmupS + plan.load.durationS;
  onProgress({
    phase: side === 'split' ? 'starting primary and replica' : 'starting the primary',
    etaS: totalS + START_S + COLLECTING_S,
  });
  return onStage(prepared, request, async (stage) => {
    if (stage.service) {
      onProgress({ phase: 'rehearsing', etaS: totalS + REHEARSAL_S + COLLECTING_S });
      await stage.rehearse(request.traceFile);
    }
    return measureOn(stage, request);
  });
}

/**
 * Plays the plan's trace once on a stage that is up, and records what was seen.
 * @param request.monitors false: nothing asks the servers while the load plays, to learn what asking costs. CPU and
 *   latency are recorded all the same; what only the servers know is not.
 */
export async function measureOn(
  stage: Stage,
  request: Measurement & { monitors?: boolean },
): Promise<Measured> {
  const { id, side, plan, planHash, rateSearch, prepared, traceFile, keepAnswers, monitors } = request;
  const startedAt = new Date().toISOString();
  const answersOf = {
    ...{ id, traceFile, traceSha256: plan.workload.traceSha256 },
    operations: prepared.work.operations,
    primary: stage.cluster.primary,
  };
  using check = keepAnswers ? await checkResults(answersOf) : null;
  await using watch = await startWatch(stage, { monitors });
  const load = await play(request, { stage, watch, answers: check?.job });
  const shortCounts = await catchUp(stage);
  await watch.stop();
  const finished = check && (await finishOrWarn(check));

  const { warmupS } = plan.load;
  const endS = endOf(plan, load);
  const seconds = endS - warmupS;
  const startMs = load.zeroEpochMs + warmupS * 1000;
  const seen = watch.result({ startMs, endMs: startMs + seconds * 1000 });
  const { accounting, window, errors, missingErrors, skips, lockWaits, scenario } = load;
  const { generatorCores, generatorBusy } = load;
  const warnings = [
    ...(wasHeldUp(seen) ? [heldUpInWords(seen)] : []),
    ...prepared.warnings,
    ...stage.mishaps,
    ...load.warnings,
    ...(finished?.warnings ?? []),
    overtimeInWords(plan, window, endS),
    ...seen.volume.map(othersInWords),
    shortCounts,
  ].filter((warning) => warning !== null);
  const record: RunRecord = {
    schema: RUN_SCHEMA,
    ...{ id, side, benchVersion, plan, planHash, rateSearch },
    startedAt,
    finishedAt: new Date().toISOString(),
    window: { seconds, blockSeconds: BLOCK_S },
    accounting,
    load: {
      window,
      errors,
      missingErrors,
      skips,
      lockWaits,
      scenario,
      driverSource: prepared.driver.source,
      timeoutMs: REQUEST_TIMEOUT_MS,
    },
    ...seen,
    processes: {
      generatorCores,
      generatorBusy,
      othersCores: runsHere(stage, plan) ? null : othersCores(seen, load, seconds, plan.topology),
    },
    warnings,
  };
  return { record, answers: finished?.answers ?? null };
}

/** When the measured window ends, in s of the schedule. */
function endOf({ workload, load }: Plan, { playedSeconds }: LoadResult): number {
  const plannedS = load.warmupS + load.durationS;
  if (workload.kind === 'captured') return Math.max(plannedS, playedSeconds);
  // Executors of a scenario's own may be done before their time.
  return load.executors
    ? Math.max(load.warmupS + LEAST_WINDOW_S, Math.min(plannedS, playedSeconds))
    : plannedS;
}

/** A scenario that ends within its warm-up has measured nothing, which its record then says. */
const LEAST_WINDOW_S = 1;

/** What a replay that took much longer than its trace says of itself, and why it did; null of one that didn't. */
function overtimeInWords({ load }: Plan, window: LoadResult['window'], endS: number): string | null {
  const plannedS = load.warmupS + load.durationS;
  if (endS <= plannedS * (1 + OVERTIME.share) + OVERTIME.seconds) return null;
  const cause = whoWasLate(window);
  const why =
    cause === 'connection' && load.pooled !== undefined
      ? `its sessions waited for a connection: the bench's own limit of ${load.pooled}, which --pooled set.`
      : TOO_SLOW[cause];
  return `The replay took ${formatSeconds(endS)} for a trace of ${formatSeconds(plannedS)}: ${why}`;
}

function othersInWords({ node, others }: RunRecord['volume'][number]): string | null {
  return others
    ? `On the ${node}, others executed ${formatCount(others.calls)} statements in the same database meanwhile (${formatSeconds(others.execMs / 1000)} in all): its CPU and latencies include theirs.`
    : null;
}

/** Whether the application of the user's own uses CPU of this machine: it is no part of the run that could be counted. */
function runsHere({ target }: Stage, plan: Plan): boolean {
  if (!isApplication({ plan }) || target.kind !== 'http') return false;
  const { hostname } = new URL(target.url);
  return /^(localhost|127\..*|\[::1\])$/.test(hostname);
}

/** Why a replay can't keep its trace's pace, and what to do. */
const TOO_SLOW: Record<LateCause, string> = {
  generator:
    'the player could not keep its pace. Play it slower with --speed, or on a machine with more cores: this says nothing about the servers.',
  connection: "its sessions waited for the player's own connections, of which there are too few.",
  server:
    'the servers could not keep its pace. Give them more CPU (--node-cpus, if the bench starts them), or play it slower with --speed.',
};

/** Who had events begin late for the longest time in all. */
function whoWasLate({ late }: LoadResult['window']): LateCause {
  const lateUs = (cause: LateCause) => late[cause]?.sumUs ?? 0;
  return LATE_CAUSES.reduce((most, each) => (lateUs(each) > lateUs(most) ? each : most), 'server');
}
