import { benchVersion } from '../../machine/index.js';
import { figures } from '../html/charts.js';
import { documentOf } from '../html/document.js';
import { markup } from '../html/markup.js';
import { numbers, tableOf } from '../html/table.js';
import { pictures } from '../picture.js';
import { driftInWords, valueOfKind } from '../words.js';
import { chartOfDrift } from './charts.js';
import type { Trend } from './trend.js';

/** The page of many comparisons: each target over time, and whether it drifts. */
export function trendPage(trend: Trend): string {
  const { comparisons, drifts, notes } = trend;
  const drawn = drifts.map((drift) => chartOfDrift(drift, trend));
  const [first, last] = [comparisons[0]!, comparisons.at(-1)!];
  const drifting = drifts.filter(({ drift }) => drift === 'worse' || drift === 'better');
  return documentOf({
    title: `Trend over ${comparisons.length} comparisons`,
    kicker: [first.id, last.id].filter((id, index, ids) => ids.indexOf(id) === index),
    heading: markup`<h1>${drifting.length === 0 ? 'No target drifts, as far as can be told.' : drifting.map(driftInWords).join(' ')}</h1>`,
    first: markup`${tableOf({
      caption: `${comparisons.length} comparisons of the same work, oldest first`,
      columns: ['Comparison', 'Policy', ...numbers(...drifts.map(({ title }) => title))],
      rows: comparisons.map(({ id, policy, valid }, index) => [
        valid ? id : `${id} (not valid)`,
        policy,
        ...drifts.map((drift) => {
          const value = drift.values[index] ?? null;
          return value === null ? 'none' : { text: valueOfKind(drift, value), sort: value };
        }),
      ]),
    })}${notes.length > 0 && markup`<ul class="notes">${notes.map((note) => markup`<li>${note}</li>`)}</ul>`}`,
    sections: [
      { id: 'charts', title: 'Over time', html: figures({ drawn, absent: [] }, pictures()) },
      {
        id: 'method',
        title: 'How drift is found',
        html: markup`<p>By Mann-Kendall’s test on the logarithm of what the split needs, corrected for the number of targets (Holm), and only where the rise from the first to the last along the Theil-Sen line is large enough to matter. Comparisons that are not valid have no values.</p>`,
      },
    ],
    charts: drawn,
    benchVersion,
  });
}
