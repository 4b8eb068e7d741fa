import { formatPercent, formatRatio, meanOf, sumOf } from '../../machine/pure.js';
import { isCaptured, type RunRecord } from '../../record/pure.js';
import { primaryCpu } from '../figures/cpu.js';
import { blockCount } from '../figures/figure.js';
import { type Remedy, rateAnew, same } from '../measure-more.js';
import { LEAST_BLOCKS } from '../statistics/blocks.js';
import { trendOf } from '../statistics/trend.js';
import { atMost, type RunCheck, type Told } from './check.js';

/**
 * When a run counts as not steady: order among its time blocks that chance hardly makes, and a rise or fall over the
 * window that matters (of latency as a factor, of CPU in percent). A simulated queue like the default workload's (60 s in
 * blocks of 5 s) trips over the bounds of latency in 0.3 % of the runs at a utilisation of 90 %, 1.2 % at 95 %, 12 % at 100 %,
 * 50 % at 105 % and 79 % at 110 %.
 */
const BOUNDS = { p: 0.001, latency: 3, cpu: 20 };

export const steadyRun: RunCheck = {
  of: 'run',
  subject: 'load',
  title: 'Both runs were steady',
  cure: 'If latency or CPU rose, the servers fell behind: find the rate again, or lower it with --rate or --utilisation. If it fell, warm up longer with --warmup.',
  again: rateAnew,
  words: {
    holds: 'no trend in latency or CPU over the window',
    fails: 'a run was not steady over its window',
    result: 'it was not steady over its window',
  },
  examine(run) {
    if (isCaptured(run)) return { because: 'a captured trace has a course of its own' };
    if (blockCount(run) < LEAST_BLOCKS) return { because: 'the window has too few time blocks' };
    return [latencyDrift(run), cpuDrift(run)];
  },
};

/** In s; the longest is what --warmup takes. */
const WARMUPS = { least: 30, most: 3600 };

/** What falls at first was not warm yet. */
const warmedUp: Remedy = (pairs) => {
  const { warmupS } = pairs[0]!.baseline.plan.load;
  return { ...same(pairs), warmupS: Math.min(WARMUPS.most, Math.max(WARMUPS.least, 2 * warmupS)) };
};

function latencyDrift(run: RunRecord): Told {
  const means = run.load.window.blocks.slice(0, blockCount(run)).flatMap((block) => {
    const all = Object.values(block);
    const count = sumOf(all, (each) => each.count);
    return count > 0 ? [sumOf(all, (each) => each.sumUs) / count / 1000] : [];
  });
  const { p, rise } = trendOf(means.map(Math.log));
  const factor = Math.exp(rise);
  return {
    title: 'Factor by which latency rose or fell',
    value: Number.isFinite(rise) ? Math.max(factor, 1 / factor) : null,
    unit: 'ratio',
    limit: p < BOUNDS.p ? atMost(BOUNDS.latency) : null,
    ...(factor > 1 ? { harms: 'latency' as const } : { again: warmedUp }),
    fault:
      factor > 1 ? `latency rose ${formatRatio(factor)}` : `latency fell to ${formatPercent(factor * 100)}`,
  };
}

function cpuDrift(run: RunRecord): Told {
  const over = primaryCpu.overBlocks(run);
  const blocks = over ? Array.from({ length: blockCount(run) }, (_, block) => over([block])) : [];
  const cores = blocks.filter(Number.isFinite);
  const { p, rise } = trendOf(cores);
  const percent = (rise / meanOf(cores)) * 100;
  return {
    title: 'By how much CPU of the primary rose or fell',
    value: Number.isFinite(percent) ? Math.abs(percent) : null,
    unit: 'percent',
    limit: p < BOUNDS.p ? atMost(BOUNDS.cpu) : null,
    ...(percent > 0 ? { harms: 'primary-cpu' as const } : { again: warmedUp }),
    fault: `CPU of the primary ${percent > 0 ? 'rose' : 'fell'} by ${formatPercent(Math.abs(percent))}`,
  };
}
