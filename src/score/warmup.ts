import { formatPercent, formatSeconds, meanOf } from '../machine/pure.js';
import { isCaptured, nodeOf, type RunRecord } from '../record/pure.js';
import { warmupSamples } from './statistics/mser.js';

/** Less than this a warm-up that reaches into the window moves nothing worth a word. */
const WARMUP_MATTERS = 0.03;

/** Says so where the start of a window still belongs to the warm-up, by MSER-5 over the primary's CPU; else null. */
export function warmupNote(run: RunRecord, side: string): string | null {
  const series = nodeOf(run, 'primary')?.series;
  if (!series || isCaptured(run)) return null;
  const from = series.tMs.findIndex((t) => t >= 0);
  // What was watched after it, until the replica had caught up, is no part of the window.
  const until = series.tMs.findLastIndex((t) => t <= run.window.seconds * 1000);
  const window = series.cpuCores.slice(from, until + 1);
  const samples = from < 0 ? null : warmupSamples(window);
  if (!samples) return null;
  const change = meanOf(window.slice(samples)) / meanOf(window) - 1;
  if (!(Math.abs(change) > WARMUP_MATTERS)) return null;
  const seconds = formatSeconds((series.tMs[from + samples] ?? 0) / 1000);
  return `The first ${seconds} of the window of the ${side} still look like warm-up (MSER-5): without them its primary used ${formatPercent(Math.abs(change) * 100)} ${change > 0 ? 'more' : 'less'} CPU. A longer --warmup would leave them out.`;
}
