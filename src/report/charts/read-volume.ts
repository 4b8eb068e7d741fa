import { formatBytes, formatCount, formatMs, formatPercent } from '../../machine/pure.js';
import type { PairSide, RunRecord } from '../../record/pure.js';
import { readsOf } from '../../score/index.js';
import { numbers, rowsOfBoth, SIDE_WORDS } from '../html/table.js';
import type { NamedColour } from '../palette.js';
import type { Question } from './chart.js';
import { axis, nameAxis, options } from './config.js';

/** Where the reads went: calls by node on either side, as the servers counted them. */
export const readVolume: Question = {
  title: 'Where the reads went',
  answer(pair) {
    const { baseline, split } = pair;
    const before = readsOf(baseline, 'primary');
    const kept = readsOf(split, 'primary');
    const moved = readsOf(split, 'replica');
    const total = (kept?.calls ?? 0) + (moved?.calls ?? 0);
    if (!before || !kept || before.calls + total === 0)
      return { reason: 'The servers counted no reads in the window.' };
    const share = moved && total > 0 ? (moved.calls / total) * 100 : 0;
    const bars = (label: string, data: number[], backgroundColor: NamedColour[]) => {
      return { label, data, backgroundColor, stack: 'reads', maxBarThickness: 60 };
    };
    return {
      title: moved
        ? `The replica answered ${formatPercent(share, 2)} of the split’s reads`
        : 'The primary answered every read of the split',
      about: 'Read statements that each server ran in the measured window, from its own pg_stat_statements.',
      config: {
        type: 'bar',
        data: {
          labels: ['Baseline', 'Split'],
          datasets: [
            bars('Primary', [before.calls, kept.calls], ['@baseline', '@split']),
            bars('Replica', [0, moved?.calls ?? 0], ['@replica', '@replica']),
          ],
        },
        options: options({
          legend: false,
          scales: {
            // With room for the name of a bar too short to hold it.
            x: axis('read statements', { min: 0, stacked: true, grace: '15%' }),
            y: nameAxis({ stacked: true, grid: { display: false } }),
          },
          marks: {
            bars: [
              [
                { text: `primary ${formatCount(before.calls)}`, colour: '@on-bar' },
                { text: `primary ${formatCount(kept.calls)}`, colour: '@on-bar' },
              ],
              [
                { text: '', colour: '@on-replica' },
                { text: moved ? `replica ${formatCount(moved.calls)}` : '', colour: '@on-replica' },
              ],
            ],
          },
          indexAxis: 'y',
          interaction: { mode: 'nearest', axis: 'y', intersect: false },
        }),
      },
      table: {
        caption: 'Reads by node in the measured window',
        columns: [
          'Run and node',
          ...numbers('Calls', 'Execution time', 'Rows', 'Blocks', 'Size of these blocks'),
        ],
        rows: rowsOfBoth(pair, rowsOf),
      },
    };
  },
};

/** PostgreSQL's block size, unless it was built with another. */
const BLOCK_BYTES = 8192;

function rowsOf(run: RunRecord, side: PairSide): string[][] {
  return run.volume.map(({ node, reads }) => [
    `${SIDE_WORDS[side]}, ${node}`,
    formatCount(reads.calls),
    formatMs(reads.execMs),
    formatCount(reads.rows),
    formatCount(reads.blocks),
    formatBytes(reads.blocks * BLOCK_BYTES),
  ]);
}
