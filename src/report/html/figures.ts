import type { Chart, NoChart } from '../charts/chart.js';
import { type Html, markup } from './markup.js';
import { tableOf } from './table.js';

/** The charts: each titled by its finding, live where scripts run, a still picture elsewhere, its figures as a table. */
export function figures(charts: (Chart | NoChart)[], pictureOf: (chart: Chart) => string | null): Html {
  return markup`<div class="figures">${charts.map((chart) => ('reason' in chart ? absent(chart) : figure(chart, pictureOf(chart))))}</div>`;
}

function figure(chart: Chart, picture: string | null): Html {
  const { id, title, about, height, table } = chart;
  return markup`<figure id="${id}-chart"><figcaption><h3>${title}</h3><p>${about}</p></figcaption>
<div class="live h${height}"><canvas id="canvas-${id}" role="img" aria-label="${title}. ${about} The figures are in the table below."></canvas></div>
${picture ? markup`<img class="still" src="${picture}" alt="${title}. ${about}" width="640" height="${height}">` : markup`<p class="still">The chart needs scripts; its figures are in the table below.</p>`}
<details><summary>Figures of this chart</summary>${tableOf(table)}</details></figure>`;
}

function absent({ id, title, reason }: NoChart): Html {
  return markup`<figure id="${id}-chart" class="absent"><figcaption><h3>${title}: not measured</h3><p>${reason}</p></figcaption></figure>`;
}

/** Heights as style rules: the page's security policy allows no style attribute. */
export function heightRules(charts: (Chart | NoChart)[]): string {
  const heights = new Set(charts.flatMap((chart) => ('height' in chart ? [chart.height] : [])));
  return [...heights].map((height) => `.live.h${height}{height:${height}px}`).join('\n');
}
