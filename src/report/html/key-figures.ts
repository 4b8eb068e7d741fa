import {
  formatCount,
  formatInUnit,
  formatRatio,
  formatReduction,
  formatSpeedup,
} from '../../machine/pure.js';
import type { ControlChange, ControlFindings, Pair } from '../../score/index.js';
import { type Html, markup } from './markup.js';
import type { Section } from './section.js';
import { speedups } from './statements.js';
import { bothSides, numbers, tableOf } from './table.js';

/** What is first asked of a replica, side by side; with what the same CPU bought as one primary, where that was run. */
export const keyFigures: Section = {
  title: 'Key figures',
  body({ pair, scorecard, control }) {
    const columns = [
      'Figure',
      ...bothSides(),
      ...numbers(...(control ? ['Control'] : []), 'Split against baseline'),
    ];
    const measured = scorecard.keyFigures.filter((figure) =>
      SIDES_SHOWN.some((side) => figure[side] !== null),
    );
    const rows = measured.map(({ title, unit, baseline, split, control: alone, changePercent }) => [
      title,
      ...[baseline, split, ...(control ? [alone] : [])].map((value) => formatInUnit(value, unit)),
      changePercent === null ? '' : formatReduction(-changePercent),
    ]);
    const over = scorecard.generatedFrom.pairs.length;
    const caption = `Figures of the measured window${over > 1 ? `, means over ${over} pairs` : ''}`;
    return markup`${tableOf({ caption, columns, rows })}
<p>${statementsInWords(pair)}</p>${scorecard.control && controlInWords(scorecard.control)}`;
  },
};

/** What the same CPU bought as one primary, with how far that can be trusted. */
function controlInWords({ sentence, figures, runs }: ControlFindings): Html {
  const change = ({ ratio, interval }: ControlChange) =>
    `${formatRatio(ratio)}${interval ? `, ${formatRatio(interval.low)} to ${formatRatio(interval.high)}` : ''}`;
  return markup`
<p>${sentence}${figures.length > 0 && ' Its figures are in the column “Control”, and are not scored.'}</p>${
    figures.length > 0 &&
    tableOf({
      caption: `What the same CPU buys${runs.length > 1 ? `, means over ${runs.length} pairs` : ''}`,
      columns: [
        'Figure',
        ...numbers('Baseline', 'Control', 'Split', 'Control ÷ baseline', 'Split ÷ control'),
      ],
      rows: figures.map(({ title, unit, ofControl, ofSplit, ...sides }) => [
        title,
        ...SIDES_SHOWN.map((side) => formatInUnit(sides[side], unit)),
        ...[ofControl, ofSplit].map(change),
      ]),
    })
  }`;
}

const SIDES_SHOWN = ['baseline', 'control', 'split'] as const;

/** Of the statements that ran on both sides, how their mean execution time changed: wherever they ran in the split. */
function statementsInWords(pair: Pair): string {
  const ratios = speedups(pair).sort((a, b) => a - b);
  if (ratios.length === 0) return 'No statement ran on both sides.';
  const faster = ratios.filter((ratio) => ratio > 1).length;
  const median = ratios[Math.floor(ratios.length / 2)]!;
  return `Of ${formatCount(ratios.length)} statements that ran on both sides, ${formatCount(faster)} took less execution time in the split, on whichever server they ran; the median was ${formatSpeedup(median)}. Most of that is less waiting for CPU. “Statements” lists them all.`;
}
