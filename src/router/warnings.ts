/** What is warned of. `repeats`: may come with every request, so it is passed on only now and then. */
const WARNINGS = {
  fallback: 'repeats',
  'replica-out': 'each',
  'replica-back': 'each',
  'misdeclared-write': 'repeats',
  'learned-primary': 'each',
  'connection-lost': 'repeats',
  'breaker-open': 'repeats',
  'breaker-closed': 'repeats',
  shed: 'repeats',
  'primary-lost': 'each',
  'primary-changed': 'each',
  'split-brain': 'repeats',
} as const;

export interface RouterWarning {
  code: keyof typeof WARNINGS;
  /** The node that it is about; of a split brain, their names. */
  node: string;
  message: string;
}

const QUIET_MS = 10_000;

/** Passes warnings on: of those that repeat, one in ten seconds for each node. */
export class Warnings {
  readonly #repeated = new Map<string, { saidMs: number; unsaid: number }>();
  constructor(readonly listener: ((warning: RouterWarning) => void) | undefined) {}

  /** @param detail what makes it another warning than the last one of its code and node */
  say(warning: RouterWarning, detail = ''): void {
    const { code, node, message } = warning;
    if (WARNINGS[code] === 'each') {
      this.#tell(warning);
      return;
    }
    const key = [code, node, detail].join('\n');
    const nowMs = performance.now();
    const last = this.#repeated.get(key);
    if (last !== undefined && nowMs - last.saidMs < QUIET_MS) {
      last.unsaid++;
      return;
    }
    this.#repeated.set(key, { saidMs: nowMs, unsaid: 0 });
    const more = last?.unsaid ? ` (${last.unsaid} more like this since the last warning)` : '';
    this.#tell({ ...warning, message: message + more });
  }

  /** Warnings come out of timers and sockets, where an error of the listener's would end the process. */
  #tell(warning: RouterWarning): void {
    try {
      this.listener?.(warning);
    } catch {}
  }
}
