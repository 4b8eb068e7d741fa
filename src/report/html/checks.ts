import type { CheckState } from '../../score/index.js';
import { markup } from './markup.js';
import type { Section } from './section.js';
import { tableOf } from './table.js';

/** Each state as a word, a shape and the style of its badge. */
const STATES: Record<CheckState, { word: string; shape: string; style: string }> = {
  holds: { word: 'holds', shape: '●', style: 'met' },
  fails: { word: 'fails', shape: '▲', style: 'missed' },
  'not-judged': { word: 'not judged', shape: '○', style: 'not-measured' },
};

/** Whether the comparison can be believed, and by which numbers. */
export const checks: Section = {
  id: 'checks',
  title: 'Can it be believed?',
  body: ({ scorecard }) =>
    tableOf({
      caption: 'Checks of the comparison',
      columns: [{ head: 'Check' }, { head: 'Result' }, { head: 'Found' }],
      rows: scorecard.checks.map(({ title, state, found, cure }) => {
        const { word, shape, style } = STATES[state];
        return [
          title,
          markup`<span class="badge ${style}"><span aria-hidden="true">${shape}</span> ${word}</span>`,
          markup`${found}${cure && markup`<br><strong>To do:</strong> ${cure}`}`,
        ];
      }),
    }),
};
