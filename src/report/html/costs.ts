import { formatInUnit } from '../../machine/pure.js';
import { costsIn, costsTitle, notJudgedInWords } from '../words.js';
import { markup } from './markup.js';
import type { Section } from './section.js';
import { bothSides, tableOf } from './table.js';

const ONE =
  'A figure is called worse if it differs by more than equal runs do at such a load, and by more than chance explains over the time blocks.';
const SEVERAL =
  'A figure is called worse if it differs by more than chance explains over these pairs, corrected for the number of figures tested (Holm).';

/** What got worse, and what replicas cost. Always there: a page with good news only is not believed. */
export const costs: Section = {
  title: 'What got worse',
  body({ scorecard: { plan, regressions, generatedFrom } }) {
    const found = regressions.filter(({ worse }) => worse);
    const standing = costsIn(regressions);
    return markup`${
      found.length === 0
        ? markup`<p>Nothing measurable got worse for the users of the application.</p>`
        : markup`<ul class="worse">${found.map(({ sentence }) => markup`<li>${sentence}</li>`)}</ul>`
    }
${standing.length > 0 && markup`<h3>${costsTitle(plan)}</h3><ul>${standing.map(({ sentence }) => markup`<li>${sentence}</li>`)}</ul>`}
<p class="aside">${notJudgedInWords(regressions)} ${generatedFrom.pairs.length > 1 ? SEVERAL : ONE}</p>
<details><summary>Everything that was looked at</summary>${tableOf({
      caption: 'Figures that a replica may make worse, or costs',
      columns: ['Figure', ...bothSides(), 'Worse?', 'In words'],
      rows: regressions.map(({ title, baseline, split, unit, worse, standing, untold, sentence }) => [
        title,
        formatInUnit(baseline, unit),
        formatInUnit(split, unit),
        worse ? '▲ yes' : standing ? 'its cost' : untold === undefined ? 'no' : 'not judged',
        sentence,
      ]),
    })}</details>`;
  },
};
