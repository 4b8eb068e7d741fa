import { formatPercent } from '../../machine/pure.js';
import type { StatementShare } from '../../score/index.js';
import { chartLink } from './chart-link.js';
import { type Html, markup } from './markup.js';
import type { Section } from './section.js';

/** What may be worth doing next, each with the figure that it rests on and its statements; no section where there is nothing. */
export const findings: Section = {
  title: 'What to do next',
  body: ({ scorecard: { findings } }) =>
    findings.length === 0
      ? null
      : markup`<ol class="findings">${findings.map((finding) => {
          const { id, title, sentence, advice, statements } = finding;
          return markup`<li id="${id}"><h3>${chartLink(finding, title)}</h3><p>${sentence} <strong>${advice}</strong></p>${
            statements.length > 0 &&
            markup`<p class="aside">Most execution time: ${statements.map(shareOf)}.</p>`
          }</li>`;
        })}</ol>`,
};

function shareOf({ name, text, percent }: StatementShare, index: number): Html {
  return markup`${index > 0 && '; '}<code>${name ?? text}</code> (${formatPercent(percent, 2)})`;
}
