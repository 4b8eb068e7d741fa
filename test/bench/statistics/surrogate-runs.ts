import { bucketsOf, encodeHistogram, type Histogram } from '../../../src/record/histogram.js';
import type { RunRecord } from '../../../src/record/run.js';
import { CATEGORIES, type Category, type Side } from '../../../src/record/words.js';
import { runOf, smartmenuModel } from '../../score/fixture.js';
import { lazily } from './histograms.js';

/** What a run's figures are multiplied by: 1 is what they are in the model. */
export interface Factors {
  cpu: number;
  latency: Record<Category, number>;
  reads: number;
  lag: number;
  pool: number;
  /** Within the run, by time block: of latencies and of CPU. */
  blocks: number[];
}

/** Requests per second at which the primary of a baseline uses half of its budget, so that costs may vary without an overload. */
export const HALF_LOADED = 380;

/** The record of a run in a world without a queue, where every figure is just what is asked for. Cheap. */
export function surrogateRun(side: Side, ratePerSecond: number, factors: Factors): RunRecord {
  const base = baseOf(side, ratePerSecond);
  const { cpu, latency, reads, lag, pool, blocks } = factors;
  const { window } = base.load;
  const of = <T extends Partial<Record<string, Histogram>>>(
    histograms: T,
    factor: (key: keyof T) => number,
  ) =>
    Object.fromEntries(
      Object.entries(histograms).map(([key, histogram]) => [key, stretched(histogram!, factor(key))]),
    ) as { [K in keyof T]: Histogram };
  const blockAt = (tMs: number) => blocks[Math.floor(tMs / (base.window.blockSeconds * 1000))] ?? 1;
  return {
    ...base,
    load: {
      ...base.load,
      window: {
        ...window,
        latency: of(window.latency, (category) => latency[category as Category]),
        latencyByOperation: of(window.latencyByOperation, (name) => latency[window.operations[name]!]),
        blocks: window.blocks.map((block, index) =>
          of(block, (category) => latency[category as Category] * blocks[index]!),
        ),
      },
    },
    nodes: base.nodes.map((node) => ({
      ...node,
      cpuSeconds: node.cpuSeconds! * cpu,
      utilisation: node.utilisation! * cpu,
      throttledPeriods: 0,
      series: {
        tMs: node.series.tMs,
        cpuCores: node.series.cpuCores.map((cores, i) => cores * cpu * blockAt(node.series.tMs[i]!)),
      },
    })),
    volume: base.volume.map((volume) => ({
      ...volume,
      reads: { ...volume.reads, calls: volume.reads.calls * reads },
      readCallsByBlock: volume.readCallsByBlock.map((calls) => calls * reads),
    })),
    lag: base.lag && {
      ...base.lag,
      commitToVisible: { ...base.lag.commitToVisible, meanMs: base.lag.commitToVisible.meanMs * lag },
      series: {
        tMs: base.lag.series.tMs,
        lagMs: base.lag.series.lagMs.map((ms, i) => ms * lag * blockAt(base.lag!.series.tMs[i]!)),
      },
    },
    pools: base.pools.map((each) => ({
      ...each,
      utilisationMean: Math.min(1, each.utilisationMean! * pool),
      series: {
        tMs: each.series.tMs,
        busy: each.series.busy.map((busy, i) => busy * pool * blockAt(each.series.tMs[i]!)),
      },
    })),
  };
}

/** What a side measures where nothing varies. Its rate was given, and its reports spend most of their time waiting. */
export function baseOf(side: Side, ratePerSecond: number): RunRecord {
  const key = `${side} ${ratePerSecond}`;
  const known = bases.get(key);
  if (known) return known;
  const base = runOf({ ...smartmenuModel, ratePerSecond }, side);
  base.plan.load.targetUtilisation = null;
  const { latencyByOperation } = base.load.window;
  latencyByOperation.report = stretched(latencyByOperation.report!, 0.1);
  bases.set(key, base);
  return base;
}
const bases = new Map<string, RunRecord>();

/** By one per cent from one to the next: a histogram's shape is encoded once for each. */
const STEP = Math.log(1.01);
const shapes = new WeakMap<Histogram, Map<number, string>>();

/** The same samples, each `factor` times as long: the sum as it is, the shape to within half a per cent. */
function stretched(histogram: Histogram, factor: number): Histogram {
  const step = Math.round(Math.log(factor) / STEP);
  const known = shapes.get(histogram) ?? new Map<number, string>();
  shapes.set(histogram, known);
  const { count, sumUs, minUs, maxUs } = histogram;
  return lazily(count, sumUs * factor, minUs * factor, maxUs * factor, () => {
    const text = known.get(step) ?? encoded(histogram, Math.exp(step * STEP));
    known.set(step, text);
    return text;
  });
}

function encoded(histogram: Histogram, factor: number): string {
  const { valuesUs, counts } = bucketsOf(histogram);
  const buckets = Array.from(valuesUs, (us, i): [number, number] => [us * factor, counts[i]!]);
  return encodeHistogram({ count: 0, sumUs: 0, minUs: 0, maxUs: 0, buckets }).hdr;
}

export const sameForAll = (factor: number): Record<Category, number> =>
  Object.fromEntries(CATEGORIES.map((category) => [category, factor])) as Record<Category, number>;
