import type { ValidityCheck } from '../../score/index.js';
import { CHECK_STATES } from '../words.js';
import { commandBlock } from './command.js';
import { type Html, markup } from './markup.js';
import { badge } from './scorecard.js';
import type { Section } from './section.js';
import { tableOf } from './table.js';

/** Whether the comparison can be believed, and by which numbers: what holds is folded away. */
export const checks: Section = {
  title: 'Can it be believed?',
  body({ scorecard: { checks } }) {
    const held = checks.filter(({ state }) => state === 'holds');
    const others = checks.filter(({ state }) => state !== 'holds');
    const folded = markup`
<details><summary>Checks that hold, with their numbers</summary>${tableOfChecks('Checks that hold', held)}</details>`;
    return markup`<p>${held.length} of ${checks.length} checks hold.</p>${others.length > 0 && tableOfChecks('Checks that do not hold, or were not judged', others)}${held.length > 0 && folded}`;
  },
};

function tableOfChecks(caption: string, checks: readonly ValidityCheck[]): Html {
  return tableOf({
    caption,
    columns: ['Check', 'Result', 'Found'],
    rows: checks.map(({ title, state, found, cure, command }) => [
      title,
      badge(CHECK_STATES[state]),
      markup`${found}${cure && markup`<br><strong>To do:</strong> ${cure}${commandBlock(command)}`}`,
    ]),
  });
}
