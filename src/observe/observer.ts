/** A stretch of wall-clock time, in milliseconds since the epoch (fractional). */
export interface TimeWindow {
  startMs: number;
  endMs: number;
}

/**
 * Something that watches a cluster while the load plays. It starts before the first request, keeps what it sees with
 * wall-clock times, and says what it saw in a window that is known only afterwards (the driver tells when its
 * schedule began).
 */
export interface Observer<T> extends AsyncDisposable {
  readonly name: string;
  start(): Promise<void>;
  /** Ends the watching; what was seen stays. */
  stop(): Promise<void>;
  /** What was seen in the window. Series also hold what lies before it (warm-up), at negative times. */
  result(window: TimeWindow): T;
}

/** Wall-clock time in ms with sub-millisecond steps, steady within one process. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Calls `tick` every `intervalMs`, never two at a time; a tick that is late skips what it missed. */
export function every(intervalMs: number, tick: () => Promise<void> | void): { stop(): Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let due = performance.now();
  const schedule = () => {
    if (stopped) return;
    due = Math.max(due + intervalMs, performance.now());
    timer = setTimeout(() => {
      running = Promise.resolve(tick()).then(schedule, schedule);
    }, due - performance.now());
  };
  running = Promise.resolve(tick()).then(schedule, schedule);
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
