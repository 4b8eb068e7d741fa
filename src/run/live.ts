import { epochMs, formatCount, formatMs, formatNumber, formatPercent } from '../machine/pure.js';
import type { Latest } from '../observe/index.js';
import type { PlannedLoad } from '../record/pure.js';
import type { Following } from './progress.js';

/** What is still to do after the last answer. */
export const COLLECTING_S = 2;

/** What the rate that is shown is taken over: requests come in bursts. */
const RATE_OVER_S = 5;

/** How many answers there were so far. */
interface Answers {
  ok: number;
  failed: number;
}

/** The same, at a moment. */
export interface Answered extends Answers {
  atMs: number;
}

/** A run, as it plays. */
interface Live extends Pick<Following, 'onProgress'> {
  load: PlannedLoad;
  /** Since the zero. */
  elapsedS(): number;
  done(): Answers;
  latest(): Latest;
}

/** Tells how far a run is and how it goes, now and every second until it is disposed of. */
export function tellLive({ load, elapsedS, done, latest, onProgress }: Live): Disposable {
  const { warmupS, durationS } = load;
  const answered: Answered[] = [];
  const tell = () => {
    answered.push({ atMs: epochMs(), ...done() });
    if (answered.length > RATE_OVER_S) answered.shift();
    onProgress({
      phase: elapsedS() < warmupS ? 'warming up' : 'measuring',
      etaS: Math.max(0, warmupS + durationS - elapsedS()) + COLLECTING_S,
      detail: liveInWords(answered, latest()),
    });
  };
  tell();
  const ticks = setInterval(tell, 1000);
  return { [Symbol.dispose]: () => clearInterval(ticks) };
}

/**
 * How a run goes: `82.1/s, 2 failed, primary CPU 88 %, lag 1.4 ms`, of what is known.
 * @param answered the rate is taken from the first of these moments to the last
 */
export function liveInWords(answered: readonly Answered[], { primaryUtilisation, lagMs }: Latest): string {
  const [first, last] = [answered[0], answered.at(-1)];
  const words: string[] = [];
  if (first && last && first !== last)
    words.push(`${formatNumber((1000 * (last.ok - first.ok)) / (last.atMs - first.atMs))}/s`);
  if (last && last.failed > 0) words.push(`${formatCount(last.failed)} failed`);
  if (primaryUtilisation !== undefined)
    words.push(`primary CPU ${formatPercent(100 * primaryUtilisation, 2)}`);
  if (lagMs !== undefined) words.push(`lag ${formatMs(lagMs, 2)}`);
  return words.join(', ');
}
