import type { ValidityCheck } from '../../score/index.js';
import { type Html, markup } from './markup.js';
import { tableOf } from './table.js';

/** Whether the comparison can be believed, and by which numbers. */
export function checksTable(checks: ValidityCheck[]): Html {
  return tableOf({
    caption: 'Checks of the comparison',
    columns: [{ head: 'Check' }, { head: 'Result' }, { head: 'Found' }],
    rows: checks.map(({ title, ok, found, cure }) => [
      title,
      markup`<span class="badge ${ok ? 'met' : 'missed'}"><span aria-hidden="true">${ok ? '●' : '▲'}</span> ${ok ? 'holds' : 'fails'}</span>`,
      markup`${found}${cure && markup`<br><strong>To do:</strong> ${cure}`}`,
    ]),
  });
}
