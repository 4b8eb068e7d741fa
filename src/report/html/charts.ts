import type { Chart, Charts, NoChart } from '../charts/charts.js';
import { PICTURE_WIDTH } from '../picture.js';
import { type Html, markup } from './markup.js';
import type { PageInput, Section } from './section.js';
import { tableOf } from './table.js';

/** The charts: each titled by its finding, live where scripts run, a still picture elsewhere, its figures as a table. */
export const charts: Section = {
  title: 'What changed',
  body: ({ scorecard: { trials }, charts: { drawn, absent }, pictureOf }) =>
    markup`${
      trials &&
      markup`<p>Charts, statements, requests, accounting and environment show pair ${trials.shown}, whose change in the primary’s CPU is the median of all pairs used.</p>`
    }${figures({ drawn, absent }, pictureOf)}`,
};

/** Each chart as a figure, and in the place of those that are absent, why. */
export function figures({ drawn, absent }: Charts, pictureOf: PageInput['pictureOf']): Html {
  return markup`<div class="figures">${drawn.map((chart) => figure(chart, pictureOf(chart)))}${absent.map(gap)}</div>`;
}

function figure({ id, title, about, height, table }: Chart, picture: string | null): Html {
  return markup`<figure id="${id}-chart"><figcaption><h3>${title}</h3><p>${about}</p></figcaption>
<div class="live h${height}"><canvas id="canvas-${id}" role="img" aria-label="${title}. ${about} The figures are in the table below."></canvas></div>
${picture ? markup`<img class="still" src="${picture}" alt="${title}. ${about}" width="${PICTURE_WIDTH}" height="${height}">` : markup`<p class="still">This chart needs scripts; its figures are in the table below.</p>`}
<details><summary>Figures of this chart</summary>${tableOf(table)}</details></figure>`;
}

function gap({ id, title, reason }: NoChart): Html {
  return markup`<figure id="${id}-chart" class="absent"><figcaption><h3>${title}: not measured</h3><p>${reason}</p></figcaption></figure>`;
}

/** Heights as style rules: the page's security policy allows no style attribute. */
export function heightRules(drawn: readonly Chart[]): string {
  const heights = new Set(drawn.map(({ height }) => height));
  return [...heights].map((height) => `.live.h${height}{height:${height}px}`).join('\n');
}
