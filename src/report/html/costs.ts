import { formatInUnit } from '../../machine/pure.js';
import { notJudgedInWords } from '../words.js';
import { markup } from './markup.js';
import type { Section } from './section.js';
import { bothSides, tableOf } from './table.js';

const ONE =
  'One pair of runs cannot prove a small difference: called worse is only what goes beyond what equal runs differ by at such a load and what chance makes of its time blocks.';
const SEVERAL =
  'Called worse is what differs by more than chance explains over these pairs, with the number of figures looked at taken into account (Holm).';

/** What got worse. Always there: a page with good news only is not believed. */
export const costs: Section = {
  title: 'What got worse',
  body({ scorecard: { regressions, generatedFrom } }) {
    const found = regressions.filter(({ worse }) => worse);
    return markup`${
      found.length === 0
        ? markup`<p>Nothing measurable.</p>`
        : markup`<ul class="worse">${found.map(({ sentence }) => markup`<li>${sentence}</li>`)}</ul>`
    }
<p class="aside">${notJudgedInWords(regressions)} ${generatedFrom.pairs.length > 1 ? SEVERAL : ONE}</p>
<details><summary>Everything that was looked at</summary>${tableOf({
      caption: 'Figures that a replica may make worse',
      columns: ['Figure', ...bothSides(), 'Worse?', 'In words'],
      rows: regressions.map(({ title, baseline, split, unit, worse, untold, sentence }) => [
        title,
        formatInUnit(baseline, unit),
        formatInUnit(split, unit),
        worse ? '▲ yes' : untold === undefined ? 'no' : 'not judged',
        sentence,
      ]),
    })}</details>`;
  },
};
