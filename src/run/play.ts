import { setTimeout as sleep } from 'node:timers/promises';
import type { AnswersJob } from '../load/index.js';
import { epochMs } from '../machine/pure.js';
import type { Watch } from '../observe/index.js';
import { hasOwnPace, isCaptured, type LoadResult, type PlannedLoad, type Side } from '../record/pure.js';
import { COLLECTING_S, tellLive } from './live.js';
import type { Prepared } from './prepare.js';
import type { RunContext } from './progress.js';
import type { Settled } from './settle.js';
import { REQUEST_TIMEOUT_MS, type Stage } from './stage.js';

/** Time blocks of the latency series and of the read volume: long enough for a p95, a dozen a minute; the last may be short. */
export const BLOCK_S = 5;

/** A run that is to be made. */
export interface Measurement extends RunContext, Settled {
  side: Side;
  prepared: Prepared;
  /** Whether what reads are answered is kept. */
  keepAnswers: boolean;
}

/** Plays a run's trace, has the observers mark its blocks, and tells how far it is. */
export async function play(
  { id, plan, prepared, traceFile, onProgress, onWarning }: Measurement,
  { stage, watch, answers }: { stage: Stage; watch: Watch; answers: AnswersJob | undefined },
): Promise<LoadResult> {
  const { load } = plan;
  // A captured trace is measured to its last answer, however far behind its pace the servers fell; executors of a scenario's own
  // may be done before their time.
  const toLastAnswer = isCaptured({ plan });
  const mayEndEarly = hasOwnPace({ plan });
  const startS = load.warmupS;
  const endS = startS + load.durationS;
  const edgesS = [...blockStartsS(load), ...(toLastAnswer ? [] : [endS])];
  let done = { ok: 0, failed: 0 };
  const over = new AbortController();
  let marked: Promise<void> | undefined;
  let allMarked = false;
  let telling: Disposable | undefined;
  try {
    const result = await prepared.driver.play({
      traceFile,
      target: stage.target,
      window: { startUs: startS * 1e6, endUs: endS * 1e6, blockUs: BLOCK_S * 1e6 },
      speed: load.speed,
      timeoutMs: REQUEST_TIMEOUT_MS,
      answers,
      signal: stage.signal,
      runId: id,
      onStart(zeroEpochMs) {
        const elapsedS = () => (epochMs() - zeroEpochMs) / 1000;
        marked = markEach(edgesS, { watch, elapsedS, signal: over.signal }).then(() => {
          allMarked = true;
        });
        // Thrown once the driver is done.
        marked.catch(() => {});
        telling = tellLive({ load, elapsedS, done: () => done, latest: watch.latest, onProgress });
      },
      onRouterStats: watch.onRouterStats,
      onProgress: (now) => {
        done = now;
      },
      onWarning,
    });
    const endedEarly = mayEndEarly && !allMarked;
    if (endedEarly) over.abort();
    await marked?.catch((error) => {
      if (!endedEarly) throw error;
    });
    if (toLastAnswer || endedEarly) await watch.mark();
    onProgress({ phase: 'collecting', etaS: COLLECTING_S });
    return result;
  } finally {
    over.abort();
    telling?.[Symbol.dispose]();
  }
}

/** When the blocks of the window begin, in seconds since the zero. */
function blockStartsS({ warmupS, durationS }: PlannedLoad): number[] {
  return Array.from({ length: Math.ceil(durationS / BLOCK_S) }, (_, block) => warmupS + block * BLOCK_S);
}

/** Has the observers mark each of these moments as it comes. */
async function markEach(
  momentsS: readonly number[],
  { watch, elapsedS, signal }: { watch: Watch; elapsedS: () => number; signal: AbortSignal },
): Promise<void> {
  for (const atS of momentsS) {
    await sleep(Math.max(0, (atS - elapsedS()) * 1000), undefined, { signal });
    await watch.mark();
  }
}
