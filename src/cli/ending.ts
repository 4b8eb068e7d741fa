import { BenchError } from '../machine/pure.js';
import { sayAside, sayError } from './output.js';

/** How a command may end before its time, by its user or by a fault of the bench. */
export interface Ending extends Disposable {
  /** Whether the user has ended it: what it came to then is neither a success nor a failure. */
  readonly interrupted: boolean;
  /** Does what has to be stopped in order: its signal is what Ctrl-C, SIGTERM or the end of the terminal aborts. */
  during<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Has it stopped in order for another reason than its user's. */
  stop(reason: unknown): void;
  /** Ends the process as a second signal does. */
  stopAtOnce(): void;
  /** Told in a sentence what stays of the command's work if it ends now. */
  keep(sentence: string): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One Ctrl-C may arrive twice: from the terminal, and from the npx that it has reached too. */
const ONE_KEY_MS = 300;

/**
 * Watches for the end of a command until it is disposed of. The first signal stops in order what was started. The next one,
 * and the first where nothing is under way, ends the process at once: what is left then is undone by `atExit` and by the next
 * bench (`cluster/remains.ts`). A process that leaves by itself in the meantime says so, and is no success.
 */
export function watchEnding(): Ending {
  const interrupt = new AbortController();
  let interruptedAtMs: number | null = null;
  let underWay = 0;
  let kept = 'What is not finished is not kept.';

  const leave = (sentence: string) => {
    release();
    sayAside('', sentence);
    process.exit(130);
  };
  const stopAtOnce = () => {
    leave(`Stopped at once. ${kept} The next bench cleans up what is left of this one.`);
  };
  const onSignal = () => {
    if (interruptedAtMs !== null) {
      if (performance.now() - interruptedAtMs < ONE_KEY_MS) return;
      stopAtOnce();
    }
    if (underWay === 0) leave(`Interrupted. ${kept}`);
    interruptedAtMs = performance.now();
    interrupt.abort(new BenchError('INTERRUPTED', `Interrupted. ${kept}`, { exitCode: 130 }));
    sayAside('', 'Interrupted: stopping what was started … (a second Ctrl-C stops at once)', kept);
  };
  const onExit = () => {
    process.exitCode = interruptedAtMs === null ? 4 : 130;
    sayError(
      'UNEXPECTED',
      'The command ended in the middle of its work, which is a fault of the bench: run it again, and report it if it happens twice.',
    );
  };
  // With the terminal goes whoever would read: what was started is stopped all the same.
  const onUnread = () => {};

  for (const name of SIGNALS) process.on(name, onSignal);
  process.on('exit', onExit);
  process.stderr.on('error', onUnread);
  const release = () => {
    for (const name of SIGNALS) process.off(name, onSignal);
    process.off('exit', onExit);
    process.stderr.off('error', onUnread);
  };
  return {
    get interrupted() {
      return interruptedAtMs !== null;
    },
    async during(work) {
      underWay++;
      try {
        return await work(interrupt.signal);
      } finally {
        underWay--;
      }
    },
    stop(reason) {
      interrupt.abort(reason);
    },
    stopAtOnce,
    keep(sentence) {
      kept = sentence;
    },
    [Symbol.dispose]: release,
  };
}
