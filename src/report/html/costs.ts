import type { Regression } from '../../score/scorecard.js';
import { formatInUnit } from '../../units.js';
import { type Html, markup } from './markup.js';
import { tableOf } from './table.js';

/** What got worse. Always there: a page with good news only is not believed. */
export function whatGotWorse(regressions: Regression[]): Html {
  const found = regressions.filter(({ worse }) => worse);
  const write = (value: number | null, unit: string) => (value === null ? 'none' : formatInUnit(value, unit));
  return markup`${
    found.length === 0
      ? markup`<p>Nothing measurable.</p>`
      : markup`<ul class="worse">${found.map(({ sentence }) => markup`<li>${sentence}</li>`)}</ul>`
  }
<p class="aside">One pair of runs cannot prove a small difference. Two equal runs were seen to differ by up to twofold in the tail of a latency and by 15 % in CPU; only what goes beyond that is called worse here.</p>
<details><summary>Everything that was looked at</summary>${tableOf({
    caption: 'Figures that a replica may make worse',
    columns: [
      { head: 'Figure' },
      { head: 'Baseline', numeric: true, side: 'baseline' },
      { head: 'Split', numeric: true, side: 'split' },
      { head: 'Worse?' },
      { head: 'In words' },
    ],
    rows: regressions.map(({ title, baseline, split, unit, worse, sentence }) => [
      title,
      write(baseline, unit),
      write(split, unit),
      worse ? '▲ yes' : 'no',
      sentence,
    ]),
  })}</details>`;
}
