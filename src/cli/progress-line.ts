import { clearLine, cursorTo } from 'node:readline';
import { SingleBar } from 'cli-progress';
import { atExit } from '../machine/index.js';
import { plainText } from '../machine/pure.js';
import type { Following, Progress } from '../run/index.js';
import { sayAside } from './output.js';

/** Does what a command is for, and shows on stderr how far it is. */
export async function withProgress<T>(
  signal: AbortSignal,
  work: (following: Following) => Promise<T>,
): Promise<T> {
  const line = progressLine();
  // A terminal would stay without its cursor; and what is said of an interrupt stands where the line was.
  using shown = atExit(line.end);
  signal.addEventListener('abort', shown[Symbol.dispose], { once: true });
  const { onProgress, onWarning } = line;
  return await work({ signal, onProgress, onWarning });
}

/** A log that nothing was added to for longer looks as if it hung. */
const SAID_EVERY_MS = 10_000;

/**
 * Shows progress on stderr: on a terminal one live line with phase and time left, elsewhere (CI logs) a line each time
 * the phase changes, and of a long phase one every 10 s.
 */
function progressLine(): Omit<Following, 'signal'> & { end(): void } {
  const stream = process.stderr;
  if (!stream.isTTY) {
    let phase = '';
    let saidAt = 0;
    return {
      onProgress(progress) {
        const isNews = progress.detail && Date.now() - saidAt >= SAID_EVERY_MS;
        if (progress.phase === phase && !isNews) return;
        phase = progress.phase;
        saidAt = Date.now();
        sayAside(text(progress));
      },
      onWarning: sayWarning,
      end() {},
    };
  }
  let current: Progress = { phase: 'starting', etaS: null };
  let toldAt = Date.now();
  const bar = new SingleBar({
    format: () => `  ${plainText(text(current, (Date.now() - toldAt) / 1000))}`,
    stream,
    clearOnComplete: true,
    hideCursor: true,
    fps: 5,
  });
  bar.start(1, 0);
  // The bar draws only when told: tick the seconds down between two reports.
  const tick = setInterval(() => bar.update(0), 500);
  tick.unref();
  return {
    onProgress(progress) {
      current = progress;
      toldAt = Date.now();
      bar.update(0);
    },
    onWarning(sentence) {
      cursorTo(stream, 0);
      clearLine(stream, 0);
      sayWarning(sentence);
      bar.update(0);
    },
    end() {
      clearInterval(tick);
      bar.stop();
    },
  };
}

function sayWarning(sentence: string): void {
  sayAside(`note: ${sentence}`);
}

/** @param sinceS how long ago this was told */
function text({ phase, etaS, detail }: Progress, sinceS = 0): string {
  const left = etaS === null ? '' : ` · about ${timeLeft(etaS - sinceS)} left`;
  return `${phase}${detail ? ` · ${detail}` : ''}${left}`;
}

function timeLeft(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  return whole < 90 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
