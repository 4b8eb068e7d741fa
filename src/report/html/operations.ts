import { formatCount, formatMs } from '../../machine/pure.js';
import { type Histogram, meanMs, percentileMs } from '../../record/histogram.js';
import type { Section } from './section.js';
import { bothSides, type Table, tableOf } from './table.js';

/** Which operations take longer and which shorter, where the trace names them. */
export const operations: Section = {
  id: 'operations',
  title: 'Latency by operation',
  body: ({ pair }) => {
    const baseline = pair.baseline.load.window.latencyByOperation;
    const split = pair.split.load.window.latencyByOperation;
    const names = Object.keys({ ...baseline, ...split }).sort();
    if (names.length === 0) return null;
    const caption = 'Latency by operation in the measured window';
    return tableOf(latencyTable({ caption, head: 'Operation', names }, { baseline, split }));
  },
};

type Latencies = Partial<Record<string, Histogram>>;

/** What of latency is shown, by the heading of its columns. */
const FIGURES: Record<string, (latency: Histogram | undefined) => string> = {
  Requests: (latency) => formatCount(latency?.count ?? 0),
  Mean: (latency) => formatMs(meanMs(latency) ?? 0),
  p50: (latency) => formatMs(percentileMs(latency, 0.5) ?? 0),
  p95: (latency) => formatMs(percentileMs(latency, 0.95) ?? 0),
  p99: (latency) => formatMs(percentileMs(latency, 0.99) ?? 0),
  Longest: (latency) => formatMs(percentileMs(latency, 1) ?? 0),
};

/** Latency of each of `names`, the sides beside each other. */
export function latencyTable(
  { caption, head, names }: { caption: string; head: string; names: readonly string[] },
  { baseline, split }: { baseline: Latencies; split: Latencies },
): Table {
  return {
    caption,
    columns: [head, ...Object.keys(FIGURES).flatMap((figure) => bothSides(figure))],
    rows: names.map((name) => [
      name,
      ...Object.values(FIGURES).flatMap((write) => [write(baseline[name]), write(split[name])]),
    ]),
  };
}
