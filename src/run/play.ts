import { setTimeout as sleep } from 'node:timers/promises';
import type { AnswersJob } from '../load/index.js';
import { epochMs } from '../machine/pure.js';
import type { Watch } from '../observe/index.js';
import { hasOwnPace, isCaptured, type LoadResult, type Side } from '../record/pure.js';
import { type Answered, liveInWords } from './live.js';
import type { Prepared } from './prepare.js';
import type { RunContext } from './progress.js';
import type { Settled } from './settle.js';
import { REQUEST_TIMEOUT_MS, type Stage } from './stage.js';

/** Time blocks of the latency series and of the read volume: long enough for a p95, a dozen a minute; the last may be short. */
export const BLOCK_S = 5;

/** What is still to do after the last answer. */
export const COLLECTING_S = 2;

/** What the rate that is shown is taken over: requests come in bursts. */
const RATE_OVER_S = 5;

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
  const { warmupS, durationS, speed } = plan.load;
  const totalS = warmupS + durationS;
  // A captured trace is measured to its last answer, however far behind its pace the servers fell; executors of a scenario's own
  // may be done before their time.
  const toLastAnswer = isCaptured({ plan });
  const mayEndEarly = hasOwnPace({ plan });
  const blocks = Math.ceil(durationS / BLOCK_S);
  const boundariesS = Array.from({ length: blocks }, (_, block) => warmupS + block * BLOCK_S);
  if (!toLastAnswer) boundariesS.push(totalS);
  let done = { ok: 0, failed: 0 };
  const answered: Answered[] = [];
  const over = new AbortController();
  let marked: Promise<void> | undefined;
  let allMarked = false;
  let ticks: NodeJS.Timeout | undefined;
  try {
    const result = await prepared.driver.play({
      traceFile,
      target: stage.target,
      window: { startUs: warmupS * 1e6, endUs: totalS * 1e6, blockUs: BLOCK_S * 1e6 },
      speed,
      timeoutMs: REQUEST_TIMEOUT_MS,
      answers,
      signal: stage.signal,
      runId: id,
      onStart(zeroEpochMs) {
        const elapsedS = () => (epochMs() - zeroEpochMs) / 1000;
        const markAll = async () => {
          for (const atS of boundariesS) {
            await sleep(Math.max(0, (atS - elapsedS()) * 1000), undefined, { signal: over.signal });
            await watch.mark();
          }
          allMarked = true;
        };
        marked = markAll();
        // Thrown once the driver is done.
        marked.catch(() => {});
        const tell = () => {
          answered.push({ atMs: epochMs(), ...done });
          if (answered.length > RATE_OVER_S) answered.shift();
          onProgress({
            phase: elapsedS() < warmupS ? 'warming up' : 'measuring',
            etaS: Math.max(0, totalS - elapsedS()) + COLLECTING_S,
            detail: liveInWords(answered, watch.latest()),
          });
        };
        tell();
        ticks = setInterval(tell, 1000);
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
    clearInterval(ticks);
  }
}
