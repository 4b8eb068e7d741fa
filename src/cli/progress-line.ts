import { SingleBar } from 'cli-progress';
import type { Following, OnProgress, Progress } from '../run/index.js';

/** Does what a command is for, and shows on stderr how far it is. */
export async function withProgress<T>(
  signal: AbortSignal,
  work: (following: Following) => Promise<T>,
): Promise<T> {
  const line = progressLine();
  try {
    return await work({ signal, onProgress: line.onProgress });
  } finally {
    line.end();
  }
}

/**
 * Shows progress on stderr: on a terminal one live line with phase and time left, elsewhere (CI logs) a line each time
 * the phase changes.
 */
function progressLine(): { onProgress: OnProgress; end(): void } {
  const stream = process.stderr;
  if (!stream.isTTY) {
    let phase = '';
    return {
      onProgress(progress) {
        if (progress.warning) stream.write(`note: ${progress.warning}\n`);
        if (progress.phase === phase) return;
        phase = progress.phase;
        stream.write(`${text(progress)}\n`);
      },
      end() {},
    };
  }
  let current: Progress = { phase: 'starting', etaS: null };
  const bar = new SingleBar({
    format: () => `  ${text(current)}`,
    stream,
    clearOnComplete: true,
    hideCursor: true,
    fps: 5,
  });
  bar.start(1, 0);
  // The bar draws only when told: tick the seconds down between two reports.
  let shownAt = Date.now();
  const tick = setInterval(() => {
    const now = Date.now();
    if (current.etaS !== null)
      current = { ...current, etaS: Math.max(0, current.etaS - (now - shownAt) / 1000) };
    shownAt = now;
    bar.update(0);
  }, 500);
  tick.unref();
  return {
    onProgress(progress) {
      if (progress.warning) stream.write(`\r\x1b[2Knote: ${progress.warning}\n`);
      current = progress;
      shownAt = Date.now();
      bar.update(0);
    },
    end() {
      clearInterval(tick);
      bar.stop();
    },
  };
}

function text({ phase, etaS, detail }: Progress): string {
  const left = etaS === null ? '' : ` · about ${timeLeft(etaS)} left`;
  return `${phase}${detail ? ` · ${detail}` : ''}${left}`;
}

function timeLeft(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  return whole < 90 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
