import { sinceInWords } from '../words.js';
import { markup } from './markup.js';
import type { Section } from './section.js';

/** Whether the split got worse since an earlier comparison; no section without one. */
export const since: Section = {
  title: 'Since the earlier comparison',
  body: ({ scorecard: { since } }) =>
    since
      ? markup`<ul>${since.map((each) => markup`<li>${sinceInWords(each)}</li>`)}</ul><p class="aside">Each comparison sets the split against its own baseline, so a slower machine counts as no change.</p>`
      : null,
};
