import { formatBytes, formatCount, formatMs, formatPercent } from '../../machine/pure.js';
import {
  CATEGORIES,
  nodeOf,
  type PairSide,
  type RunRecord,
  type StatementObservation,
  type VolumeTotals,
} from '../../record/pure.js';
import { readsOf, replicasOf } from '../../score/index.js';
import { numbers, rowsOfBoth, SIDE_WORDS } from '../html/table.js';
import type { NamedColour } from '../palette.js';
import type { Question } from './chart.js';
import { axis, nameAxis, options } from './config.js';

/** Where the reads went: calls by node, as the servers counted them, on either side and by category. */
export const readVolume: Question = {
  title: 'Where the reads went',
  answer({ baseline, split }) {
    const before = readsOf(baseline, 'primary');
    const kept = readsOf(split, 'primary');
    const moved = readsOf(split, 'replica');
    if (!before || !kept || before.calls + kept.calls + (moved?.calls ?? 0) === 0)
      return { reason: 'The servers counted no reads in the window.' };
    const all: Bar = { name: 'split', colour: '@split', kept: kept.calls, moved: moved?.calls ?? 0 };
    const replica = replicasOf(split).several ? 'replicas' : 'replica';
    const categories = barsByCategory(split).filter(hasReads);
    const bars: Bar[] = [
      { name: 'baseline', colour: '@baseline' as const, kept: before.calls, moved: 0 },
      all,
      // A single category is all of them.
      ...(categories.length > 1 ? categories : []),
    ].filter(hasReads);
    return {
      title: moved
        ? `The ${replica} answered ${formatPercent(100 * movedShare(all), 2)} of the split’s reads`
        : 'The primary answered every read of the split',
      about:
        'Read statements that each server ran in the measured window, from its own pg_stat_statements; those of the split also by category.',
      height: 90 + 40 * bars.length,
      config: {
        type: 'bar',
        data: {
          labels: bars.map(({ name }) => name),
          datasets: [
            {
              label: 'primary',
              data: bars.map((bar) => 100 * (1 - movedShare(bar))),
              backgroundColor: bars.map(({ colour }) => colour),
              ...BAR,
            },
            {
              label: replica,
              data: bars.map((bar) => 100 * movedShare(bar)),
              backgroundColor: '@replica',
              ...BAR,
            },
          ],
        },
        options: options({
          scales: {
            // With room for the name of a bar too short to hold it.
            x: axis('% of the reads', {
              min: 0,
              max: 119,
              stacked: true,
              unit: 'percent',
              ticks: { color: '@muted', stepSize: 20, includeBounds: false, maxRotation: 0 },
            }),
            y: nameAxis({ stacked: true, grid: { display: false } }),
          },
          marks: {
            bars: [
              bars.map(({ kept }) => ({ texts: inBar('primary', kept), colour: '@on-bar' })),
              bars.map(({ moved }) => ({ texts: inBar(replica, moved), colour: '@on-replica' })),
            ],
          },
          indexAxis: 'y',
          interaction: { mode: 'index', axis: 'y', intersect: false },
        }),
      },
      table: {
        caption: 'Reads by node in the measured window',
        columns: [
          'Run and node',
          ...numbers('Calls', 'Execution time', 'Rows', 'Blocks', 'Size of these blocks'),
        ],
        rows: rowsOfBoth({ baseline, split }, rowsOf),
      },
    };
  },
};

/** Calls of some reads, on the primary and on replicas. */
interface Bar {
  name: string;
  colour: NamedColour;
  kept: number;
  moved: number;
}

const BAR = { stack: 'reads', maxBarThickness: 30 };

function hasReads({ kept, moved }: Bar): boolean {
  return kept + moved > 0;
}

function movedShare({ kept, moved }: Bar): number {
  return moved / (kept + moved);
}

/** `primary 17,748`, or less; nothing where there is no bar. */
function inBar(node: string, calls: number): string[] {
  return calls > 0 ? [`${node} ${formatCount(calls)}`, node] : [];
}

function barsByCategory(run: RunRecord): Bar[] {
  const primary = nodeOf(run, 'primary')?.name;
  const reads = run.volume.flatMap(({ node, statements }) =>
    byCategory(statements).map((sums) => ({ ...sums, onPrimary: node === primary })),
  );
  return CATEGORIES.map((category) => {
    const calls = (onPrimary: boolean) =>
      reads
        .filter((each) => each.category === category && each.onPrimary === onPrimary)
        .reduce((sum, each) => sum + each.calls, 0);
    return { name: `split, ${category}`, colour: '@split', kept: calls(true), moved: calls(false) };
  });
}

/** The reads among statements, added up by what each asked of the router. */
function byCategory(statements: readonly StatementObservation[]) {
  const sums = new Map<string, VolumeTotals & { category: string }>();
  for (const { kind, category = 'read', calls, execMs, rows, blocks } of statements) {
    if (kind !== 'read') continue;
    const sum = sums.get(category) ?? { category, calls: 0, execMs: 0, rows: 0, blocks: 0 };
    sums.set(category, {
      category,
      calls: sum.calls + calls,
      execMs: sum.execMs + execMs,
      rows: sum.rows + rows,
      blocks: sum.blocks + blocks,
    });
  }
  return [...sums.values()];
}

/** PostgreSQL's block size, unless it was built with another. */
const BLOCK_BYTES = 8192;

function rowsOf(run: RunRecord, side: PairSide): string[][] {
  const row = (name: string, { calls, execMs, rows, blocks }: VolumeTotals) => [
    name,
    formatCount(calls),
    formatMs(execMs),
    formatCount(rows),
    formatCount(blocks),
    formatBytes(blocks * BLOCK_BYTES),
  ];
  return run.volume.flatMap(({ node, reads, statements }) => [
    row(`${SIDE_WORDS[side]}, ${node}`, reads),
    ...byCategory(statements).map((sums) => row(`${SIDE_WORDS[side]}, ${node}: ${sums.category}`, sums)),
  ]);
}
