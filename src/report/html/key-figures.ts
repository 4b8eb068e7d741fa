import type { RunRecord } from '../../run/record.js';
import { primaryCpu } from '../../score/figures/cpu.js';
import { cpuMsPerRequest, nodeOf, readsOf } from '../../score/measures.js';
import type { Pair } from '../../score/scorecard.js';
import { formatBytes, formatCount, formatMs, formatPercent, formatRatio } from '../../units.js';
import type { ReportInput } from '../reporter.js';
import { type Html, markup } from './markup.js';
import { speedups } from './statements.js';
import { type Column, tableOf } from './table.js';

/** A figure that is read off one run; null where it has no such thing, or did not measure it. */
interface KeyFigure {
  title: string;
  of(run: RunRecord): number | null;
  write(value: number): string;
  /** Where a change in percent means something. */
  changes?: boolean;
}

const KEY_FIGURES: KeyFigure[] = [
  { title: 'Reads answered by the replica', of: shareOnReplica, write: formatPercent },
  {
    title: 'Lag of the replica, mean',
    of: ({ lag }) => (lag && lag.commitToVisible.count > 0 ? lag.commitToVisible.meanMs : null),
    write: formatMs,
  },
  {
    title: 'Use of the busiest pool, mean',
    of: ({ pools }) =>
      pools.length > 0 ? Math.max(...pools.map((pool) => pool.utilisationMean)) * 100 : null,
    write: formatPercent,
  },
  {
    title: 'CPU of the primary, of one node’s budget',
    of: primaryCpu.of,
    write: formatPercent,
    changes: true,
  },
  {
    title: 'CPU of the primary for each answered request',
    of: (run) => cpuMsPerRequest(run, ...run.nodes.filter(({ name }) => name === 'primary')),
    write: formatMs,
    changes: true,
  },
  {
    title: 'CPU of all nodes for each answered request',
    of: (run) => cpuMsPerRequest(run, ...run.nodes),
    write: formatMs,
    changes: true,
  },
  {
    title: 'Memory of the primary, mean',
    of: (run) => nodeOf(run, 'primary')?.memoryBytesMean ?? null,
    write: formatBytes,
    changes: true,
  },
];

/** What is first asked of a replica, side by side; with what the same CPU bought as one primary, where that was run. */
export function keyFigures({ pair, scorecard, control }: ReportInput): Html {
  const runs = [pair.baseline, pair.split, ...(control ? [control] : [])];
  const columns: Column[] = [
    { head: 'Figure' },
    { head: 'Baseline', numeric: true, side: 'baseline' },
    { head: 'Split', numeric: true, side: 'split' },
    ...(control ? [{ head: 'Control', numeric: true }] : []),
    { head: 'Split against baseline', numeric: true },
  ];
  const rows = KEY_FIGURES.map(({ title, of, write, changes }) => {
    const values = runs.map(of);
    const [before, after] = values;
    return [
      title,
      ...values.map((value) => (value === null ? 'none' : write(value))),
      changes && before && after ? change(before, after) : '',
    ];
  });
  return markup`${tableOf({ caption: 'Figures of the measured window', columns, rows })}
<p>${statementsInWords(pair)}</p>${
    scorecard.control &&
    markup`
<p>${scorecard.control.sentence}${control && ' It is the column "Control", and is scored nothing.'}</p>`
  }`;
}

/** Of the statements that ran on both sides, how their mean execution time changed: wherever they ran in the split. */
function statementsInWords(pair: Pair): string {
  const ratios = speedups(pair).sort((a, b) => a - b);
  if (ratios.length === 0) return 'No statement ran on both sides.';
  const faster = ratios.filter((ratio) => ratio > 1).length;
  const median = ratios[Math.floor(ratios.length / 2)]!;
  const typical = median >= 1 ? `${formatRatio(median)} faster` : `${formatRatio(1 / median)} slower`;
  return `Of ${formatCount(ratios.length)} statements that ran on both sides, ${formatCount(faster)} took less execution time in the split, on the node where they ran there; the one in the middle was ${typical}. Each stands under “Statements by change”.`;
}

function shareOnReplica(run: RunRecord): number | null {
  const moved = readsOf(run, 'replica')?.calls;
  if (moved === undefined) return null;
  const all = moved + (readsOf(run, 'primary')?.calls ?? 0);
  return all > 0 ? (moved / all) * 100 : null;
}

function change(before: number, after: number): string {
  const by = (after / before - 1) * 100;
  return `${formatPercent(Math.abs(by))} ${by <= 0 ? 'less' : 'more'}`;
}
