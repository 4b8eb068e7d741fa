import { formatCount, formatMs, formatNumber, formatPercent } from '../machine/pure.js';
import type { Latest } from '../observe/index.js';

/** How many answers there were so far, at a moment. */
export interface Answered {
  atMs: number;
  ok: number;
  failed: number;
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
