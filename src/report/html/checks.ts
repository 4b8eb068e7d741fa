import { CHECK_STATES } from '../words.js';
import { markup } from './markup.js';
import { badge } from './scorecard.js';
import type { Section } from './section.js';
import { tableOf } from './table.js';

/** Whether the comparison can be believed, and by which numbers. */
export const checks: Section = {
  title: 'Can it be believed?',
  body: ({ scorecard }) =>
    tableOf({
      caption: 'Checks of the comparison',
      columns: ['Check', 'Result', 'Found'],
      rows: scorecard.checks.map(({ title, state, found, cure }) => [
        title,
        badge(CHECK_STATES[state]),
        markup`${found}${cure && markup`<br><strong>To do:</strong> ${cure}`}`,
      ]),
    }),
};
