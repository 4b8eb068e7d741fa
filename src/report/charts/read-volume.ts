import { formatBytes, formatCount, formatMs, formatPercent } from '../../machine/pure.js';
import type { RunRecord } from '../../record/pure.js';
import { type Pair, readsOf } from '../../score/index.js';
import { axis, type Chart, type NoChart, options } from './chart.js';

/** Where the reads went: calls by node on either side, as the servers counted them. */
export function readVolumeChart({ baseline, split }: Pair): Chart | NoChart {
  const before = readsOf(baseline, 'primary');
  const kept = readsOf(split, 'primary');
  const moved = readsOf(split, 'replica');
  if (!before || !kept || before.calls + kept.calls + (moved?.calls ?? 0) === 0) {
    return {
      id: 'read-volume',
      title: 'Where the reads went',
      reason: 'The servers counted no reads in the window.',
    };
  }
  const total = kept.calls + (moved?.calls ?? 0);
  const share = (calls: number, all: number) => (all > 0 ? formatPercent((calls / all) * 100, 2) : '0 %');
  return {
    id: 'read-volume',
    title: moved
      ? `The replica answered ${share(moved.calls, total)} of the split’s reads`
      : `The primary answered every read of the split`,
    about: 'Read statements that each server ran in the measured window, from its own pg_stat_statements.',
    height: 290,
    config: {
      type: 'bar',
      data: {
        labels: ['Baseline', 'Split'],
        datasets: [
          {
            label: 'Primary',
            data: [before.calls, kept.calls],
            backgroundColor: ['@baseline', '@split'],
            stack: 'reads',
            maxBarThickness: 60,
          },
          {
            label: 'Replica',
            data: [0, moved?.calls ?? 0],
            backgroundColor: ['@replica', '@replica'],
            stack: 'reads',
            maxBarThickness: 60,
          },
        ],
      },
      options: options({
        legend: false,
        scales: {
          x: axis('read statements', { min: 0, stacked: true }),
          y: axis('', {
            type: 'category',
            stacked: true,
            title: { display: false },
            ticks: { color: '@text' },
            grid: { display: false },
          }),
        },
        marks: {
          bars: [
            [
              { text: `primary ${formatCount(before.calls)}`, colour: '@on-baseline' },
              { text: `primary ${formatCount(kept.calls)}`, colour: '@on-split' },
            ],
            [
              { text: '', colour: '@on-replica' },
              { text: moved ? `replica ${formatCount(moved.calls)}` : '', colour: '@on-replica' },
            ],
          ],
        },
        more: { indexAxis: 'y', interaction: { mode: 'nearest', axis: 'y', intersect: false } },
      }),
    },
    table: {
      caption: 'Reads by node in the measured window',
      columns: [
        { head: 'Run and node' },
        ...['Calls', 'Execution time', 'Rows', 'Blocks', 'Size of these blocks'].map((head) => ({
          head,
          numeric: true,
        })),
      ],
      rows: [...rowsOf('Baseline', baseline), ...rowsOf('Split', split)],
    },
  };
}

function rowsOf(side: string, run: RunRecord): string[][] {
  return run.volume.map(({ node, window: { read } }) => [
    `${side}, ${node}`,
    formatCount(read.calls),
    formatMs(read.execMs),
    formatCount(read.rows),
    formatCount(read.blocks),
    formatBytes(read.blocks * 8192),
  ]);
}
