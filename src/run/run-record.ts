import { benchVersion } from '../machine/index.js';
import { formatSeconds } from '../machine/pure.js';
import type { Watch } from '../observe/index.js';
import {
  isCaptured,
  type LoadResult,
  type Observations,
  RUN_SCHEMA,
  type RunRecord,
} from '../record/pure.js';
import { CATCH_UP_S } from './catch-up.js';
import { BLOCK_S, type Measurement } from './play.js';

/** A replay may take so much longer than its trace, in share and seconds, before it is said: the last answers take a moment. */
const OVERTIME = { share: 0.1, seconds: 1 };

/** What came of a run, once all of it is known. */
export interface Outcome {
  startedAt: Date;
  load: LoadResult;
  watch: Watch;
  /** Whether the replicas replayed all that was written. */
  caughtUp: boolean;
  answers: RunRecord['answers'];
}

/** Puts a run's record together. */
export function recordOf(
  { id, side, plan, planHash, rateSearch, prepared }: Measurement,
  { startedAt, load, watch, caughtUp, answers }: Outcome,
): RunRecord {
  const { warmupS, durationS } = plan.load;
  const plannedS = warmupS + durationS;
  const endS = isCaptured({ plan }) ? Math.max(plannedS, load.playedSeconds) : plannedS;
  const seconds = endS - warmupS;
  const startMs = load.zeroEpochMs + warmupS * 1000;
  const seen = watch.result({ startMs, endMs: startMs + seconds * 1000 });
  const { window, errors, skips, generatorCores } = load;
  const warnings = [...prepared.warnings, ...load.warnings];
  if (endS > plannedS * (1 + OVERTIME.share) + OVERTIME.seconds) {
    warnings.push(
      `The replay took ${formatSeconds(endS)} for a trace of ${formatSeconds(plannedS)}: the servers could not keep its pace. ` +
        'Give them more CPU with --node-cpus, or play it slower with --speed.',
    );
  }
  if (!caughtUp) {
    warnings.push(
      `The replica had not caught up ${CATCH_UP_S} s after the last answer: its counts may be short.`,
    );
  }
  return {
    schema: RUN_SCHEMA,
    ...{ id, side, benchVersion, plan, planHash, rateSearch },
    startedAt: startedAt.toISOString(),
    finishedAt: new Date().toISOString(),
    window: { seconds, blockSeconds: BLOCK_S },
    accounting: load.accounting,
    load: { window, errors, skips, driverSource: prepared.driver.source },
    ...seen,
    processes: { generatorCores, othersCores: othersCores(seen, generatorCores, seconds) },
    ...(answers && { answers }),
    warnings,
  };
}

/** What all programs used but the run's own; null where a part of that is unknown. */
function othersCores(
  { nodes, machine: { busyCores, benchCores, serviceCores } }: Observations,
  generatorCores: number | null,
  seconds: number,
): number | null {
  if (busyCores === null || generatorCores === null) return null;
  let nodeCores = 0;
  for (const { cpuSeconds } of nodes) {
    if (cpuSeconds === null) return null;
    nodeCores += cpuSeconds / seconds;
  }
  return Math.max(0, busyCores - nodeCores - benchCores - (serviceCores ?? 0) - generatorCores);
}
