import { latencyTable } from '../charts/latency.js';
import type { Section } from './section.js';
import { tableOf } from './table.js';

/** Which operations take longer and which shorter, where the trace names them. */
export const operations: Section = {
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
