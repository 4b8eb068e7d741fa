import { sinceInWords } from '../words.js';
import { markup } from './markup.js';
import type { Section } from './section.js';

/** Whether the split got worse since an earlier comparison; no section without one. */
export const since: Section = {
  title: 'Since the earlier comparison',
  body: ({ scorecard: { since } }) =>
    since
      ? markup`<ul>${since.map((each) => markup`<li>${sinceInWords(each)}</li>`)}</ul><p class="aside">What is compared is what the split needs of what its own baseline does, so that a slower machine is no change.</p>`
      : null,
};
