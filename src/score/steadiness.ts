import { formatPercent, formatRatio, formatSeconds } from '../machine/pure.js';
import type { RunRecord } from '../record/pure.js';
import { primaryCpu } from './figures/cpu.js';
import { blockCount } from './figures/figure.js';
import { isCaptured, nodeOf } from './measures.js';
import { LEAST_BLOCKS } from './statistics/blocks.js';
import { meanOf } from './statistics/estimate.js';
import { warmupSamples } from './statistics/mser.js';
import { trendOf } from './statistics/trend.js';

/**
 * When a run counts as not steady: order among its time blocks that chance hardly makes, and a rise or fall over the
 * window that matters. A simulated queue like the default workload's (60 s in blocks of 5 s) trips over the bounds of
 * latency in 0.3 % of the runs at a load of 90 %, 1.2 % at 95 %, 12 % at 100 %, 50 % at 105 % and 79 % at 110 %.
 */
const BOUNDS = { p: 0.001, latency: 3, cpu: 0.2 };

/** What drifted in a run, in words; empty if it was steady. Null if it can't be told: too short, or a captured trace. */
export function driftOf(run: RunRecord): string[] | null {
  // What a captured trace asks for has a course of its own.
  if (isCaptured(run) || blockCount(run) < LEAST_BLOCKS) return null;
  const found: string[] = [];
  const latency = trendOf(latencyByBlock(run).map(Math.log));
  const factor = Math.exp(latency.rise);
  if (latency.p < BOUNDS.p && Math.max(factor, 1 / factor) > BOUNDS.latency) {
    found.push(
      factor > 1 ? `latency rose ${formatRatio(factor)}` : `latency fell to ${formatPercent(factor * 100)}`,
    );
  }
  const cores = cpuByBlock(run);
  const cpu = trendOf(cores);
  const share = cpu.rise / meanOf(cores);
  if (cpu.p < BOUNDS.p && Math.abs(share) > BOUNDS.cpu) {
    found.push(
      `CPU of the primary ${share > 0 ? 'rose' : 'fell'} by ${formatPercent(Math.abs(share) * 100)}`,
    );
  }
  return found;
}

/** Mean latency in ms of all answers, block by block; blocks without an answer are left out. */
function latencyByBlock(run: RunRecord): number[] {
  return run.load.window.blocks.slice(0, blockCount(run)).flatMap((block) => {
    const all = Object.values(block);
    const count = all.reduce((sum, each) => sum + each.count, 0);
    return count > 0 ? [all.reduce((sum, each) => sum + each.sumUs, 0) / count / 1000] : [];
  });
}

function cpuByBlock(run: RunRecord): number[] {
  const over = primaryCpu.overBlocks(run);
  if (!over) return [];
  return Array.from({ length: blockCount(run) }, (_, block) => over([block])).filter(Number.isFinite);
}

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
