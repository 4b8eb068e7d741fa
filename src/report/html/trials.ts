import { SIDES } from '../../record/pure.js';
import type { PairByPair } from '../../score/index.js';
import type { RecordPaths } from '../reporter.js';
import { valueInWords } from '../words.js';
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
    return markup`<p>${howMany(trials)} The order within each pair was drawn at random (seed ${trials.orderSeed}). What the scorecard says is made from all that were not set aside (from all, if each was); their differences are what its intervals are made of.</p>
${table}`;
  },
};

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
