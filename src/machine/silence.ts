/** Seconds without a word from a process that speaks every second: longer than anything it does, or a request may take. */
export const SILENCE_S = 30;

/** What is said of a process that was given up for it. */
export const STOOD_STILL = 'it stood still and was given up';

export interface Silence extends Disposable {
  /** How many seconds it may last. */
  limitS: number;
  /** Ends it, until the next begins. */
  heard(): void;
}

/**
 * Tells, once, when nothing has been heard for so many seconds. Those in which this process was held up itself (by a
 * suspended machine, say) don't count: nobody could be heard then.
 */
export function watchForSilence(limitS: number, onSilence: () => void): Silence {
  let silentS = 0;
  // However long this process stood still, it is called once for that.
  const ticks = setInterval(() => {
    if (++silentS < silence.limitS) return;
    clearInterval(ticks);
    onSilence();
  }, 1000);
  ticks.unref();
  const silence: Silence = {
    limitS,
    heard() {
      silentS = 0;
    },
    [Symbol.dispose]: () => clearInterval(ticks),
  };
  return silence;
}
