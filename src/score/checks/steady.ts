import { formatPercent, formatRatio } from '../../machine/pure.js';
import { isCaptured, type RunRecord } from '../../record/pure.js';
import { primaryCpu } from '../figures/cpu.js';
import { blockCount } from '../figures/figure.js';
import { LEAST_BLOCKS } from '../statistics/blocks.js';
import { meanOf } from '../statistics/estimate.js';
import { trendOf } from '../statistics/trend.js';
import { breaks, notJudged, type Reading, type RunCheck } from './check.js';

/**
 * When a run counts as not steady: order among its time blocks that chance hardly makes, and a rise or fall over the
 * window that matters (of latency as a factor, of CPU in percent). A simulated queue like the default workload's (60 s in
 * blocks of 5 s) trips over the bounds of latency in 0.3 % of the runs at a load of 90 %, 1.2 % at 95 %, 12 % at 100 %,
 * 50 % at 105 % and 79 % at 110 %.
 */
const BOUNDS = { p: 0.001, latency: 3, cpu: 20 };

export const steadyRun: RunCheck = {
  of: 'run',
  spoils: 'baseline',
  title: 'Both runs were steady',
  cure: 'Lower the rate with --rate or --utilisation if latency rose: the servers fell behind. Warm up longer with --warmup if it fell.',
  words: {
    holds: 'no trend in latency or CPU over the window',
    fails: 'a run was not steady: over its window',
  },
  look(run) {
    if (isCaptured(run)) return notJudged('a captured trace has a course of its own');
    if (blockCount(run) < LEAST_BLOCKS) return notJudged('the window has too few time blocks');
    const drifts = [latencyDrift(run), cpuDrift(run)];
    return {
      readings: drifts.map(({ reading }) => reading),
      found: drifts.flatMap(({ reading, words }) => (breaks(reading) ? [words] : [])).join(' and '),
    };
  },
};

interface Drift {
  reading: Reading;
  words: string;
}

function latencyDrift(run: RunRecord): Drift {
  const { p, rise } = trendOf(latencyByBlock(run).map(Math.log));
  const factor = Math.exp(rise);
  return {
    reading: {
      title: 'Latency over the window, by what factor',
      value: known(Math.max(factor, 1 / factor)),
      unit: 'ratio',
      limit: p < BOUNDS.p ? { op: '<=', value: BOUNDS.latency } : null,
    },
    words:
      factor > 1 ? `latency rose ${formatRatio(factor)}` : `latency fell to ${formatPercent(factor * 100)}`,
  };
}

function cpuDrift(run: RunRecord): Drift {
  const cores = cpuByBlock(run);
  const { p, rise } = trendOf(cores);
  const percent = (rise / meanOf(cores)) * 100;
  return {
    reading: {
      title: 'CPU of the primary over the window, by how much',
      value: known(Math.abs(percent)),
      unit: 'percent',
      limit: p < BOUNDS.p ? { op: '<=', value: BOUNDS.cpu } : null,
    },
    words: `CPU of the primary ${percent > 0 ? 'rose' : 'fell'} by ${formatPercent(Math.abs(percent))}`,
  };
}

/** A drift of nothing is none. */
function known(drift: number): number | null {
  return Number.isFinite(drift) ? drift : null;
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
