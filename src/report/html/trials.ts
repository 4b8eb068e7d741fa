import { formatPercent } from '../../machine/pure.js';
import { SIDES } from '../../record/pure.js';
import type { PairByPair, ScoreRow, ValueOfRow } from '../../score/index.js';
import type { RecordPaths } from '../reporter.js';
import { intervalInWords, valueInWords } from '../words.js';
import { type Html, markup } from './markup.js';
import type { Section } from './section.js';
import { numbers, tableOf } from './table.js';

/** The pairs of trials, one by one; no section where a single pair was compared. */
export const trials: Section = {
  title: 'Trials',
  body({ scorecard: { trials, scorecard: rows }, links }) {
    if (!trials) return null;
    const table = tableOf({
      caption: 'What each pair measured',
      columns: ['Pair', 'Ran first', ...numbers(...rows.map(({ title }) => title)), 'Records'],
      rows: trials.pairs.map(({ number, first, setAside, values }, index) => [
        `${number}${number === trials.shown ? ', shown in the charts' : ''}${setAside === null ? '' : ', set aside'}`,
        first,
        ...rows.map((row) => valueInWords({ ...row, value: values[row.id] ?? null })),
        links.pairs ? recordLinks(links.pairs[index]!) : '',
      ]),
    });
    const apart = rows.filter(({ machineSpeed }) => machineSpeed !== null);
    return markup`<p>${howMany(trials)} The order within each pair was drawn at random (seed ${trials.orderSeed}). The scorecard is made from all pairs that were not set aside (or from all pairs, if every one was); its intervals come from how much they differ.</p>
${table}${apart.length > 0 && equalSpeed(apart)}`;
  },
};

/** What the machine's own speed did to the rows, and whether that was taken off them. */
function equalSpeed(rows: readonly ScoreRow[]): Html {
  const table = tableOf({
    caption: 'At equal speed of the machine',
    columns: [
      'Target',
      ...numbers('As measured', 'At equal speed', 'Explained by the speed'),
      'In the scorecard',
    ],
    rows: rows.map((row) => {
      const { measured, atEqualSpeed, explained, used } = row.machineSpeed!;
      const words = (of: ValueOfRow) =>
        `${valueInWords({ ...row, ...of })}${of.interval ? ` (${intervalInWords({ ...row, ...of })})` : ''}`;
      return [
        row.title,
        words(measured),
        words(atEqualSpeed),
        formatPercent(explained * 100, 2),
        used ? 'at equal speed' : 'as measured',
      ];
    }),
  });
  return markup`
<p>Two runs differ because the machine does. A piece of fixed work was timed all through each run, so the effect of the machine’s speed can be removed (analysis of covariance). That is done for a figure if trials of equal runs (<code>bench trials --aa</code>) on this machine have shown that its speed explains it; these pairs themselves do not decide it.</p>
${table}`;
}

function howMany({ planned, pairs }: PairByPair): string {
  const made = `${pairs.length} pairs of runs, each from the same bytes`;
  const aside = pairs.filter(({ setAside }) => setAside !== null).length;
  if (aside > 0)
    return `${made}, of ${planned} asked for; ${aside} set aside, for reasons that are not the split’s.`;
  return pairs.length < planned ? `${made}, of ${planned} asked for.` : `${made}.`;
}

function recordLinks(links: Omit<RecordPaths, 'pairs'>): Html {
  return markup`${SIDES.flatMap((side) => {
    const link = links[side];
    return link === undefined ? [] : [markup`${side !== SIDES[0] && ', '}<a href="${link}">${side}</a>`];
  })}`;
}
