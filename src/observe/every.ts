/** Calls `tick` every `intervalMs`, never two at a time; a tick that is late skips what it missed. */
export function every(intervalMs: number, tick: () => Promise<unknown>): { stop(): Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let due = performance.now();
  const schedule = () => {
    if (stopped) return;
    due = Math.max(due + intervalMs, performance.now());
    timer = setTimeout(run, due - performance.now());
  };
  const run = () => {
    running = tick().then(schedule, schedule);
  };
  run();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
