import type { RouterWarning } from './types.js';

const QUIET_MS = 10_000;

/** Passes warnings on, at most one of a kind in ten seconds: a lost replica would cause one with every request. */
export class Warnings {
  readonly #kinds = new Map<string, { saidMs: number; unsaid: number }>();
  constructor(readonly listener: ((warning: RouterWarning) => void) | undefined) {}

  /** @param kind what counts as the same warning; without one it is always passed on */
  say(warning: RouterWarning, kind?: string): void {
    if (kind === undefined) {
      this.#tell(warning);
      return;
    }
    const nowMs = performance.now();
    const last = this.#kinds.get(kind);
    if (last !== undefined && nowMs - last.saidMs < QUIET_MS) {
      last.unsaid++;
      return;
    }
    this.#kinds.set(kind, { saidMs: nowMs, unsaid: 0 });
    const more = last?.unsaid ? ` (${last.unsaid} more like this since the last warning)` : '';
    this.#tell({ ...warning, message: warning.message + more });
  }

  /** Warnings come out of timers and sockets, where an error of the listener's would end the process. */
  #tell(warning: RouterWarning): void {
    try {
      this.listener?.(warning);
    } catch {}
  }
}
