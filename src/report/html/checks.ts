import { markup } from './markup.js';
import type { Section } from './section.js';
import { tableOf } from './table.js';

/** Whether the comparison can be believed, and by which numbers. */
export const checks: Section = {
  id: 'checks',
  title: 'Can it be believed?',
  body: ({ scorecard }) =>
    tableOf({
      caption: 'Checks of the comparison',
      columns: [{ head: 'Check' }, { head: 'Result' }, { head: 'Found' }],
      rows: scorecard.checks.map(({ title, ok, found, cure }) => [
        title,
        markup`<span class="badge ${ok ? 'met' : 'missed'}"><span aria-hidden="true">${ok ? '●' : '▲'}</span> ${ok ? 'holds' : 'fails'}</span>`,
        markup`${found}${cure && markup`<br><strong>To do:</strong> ${cure}`}`,
      ]),
    }),
};
