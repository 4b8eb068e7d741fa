import { formatCount } from '../../machine/pure.js';
import { type Html, markup } from './markup.js';

/** More rows than these nobody reads; all are in run.json and compare.json. */
export const MOST_STATEMENTS = 200;
const MOST_TEXT = 1200;

/** The text of a statement, cut where it is too long to be read. */
export function statementText(text: string): Html {
  const left = text.length - MOST_TEXT;
  return markup`<code>${left > 0 ? `${text.slice(0, MOST_TEXT)} … (${formatCount(left)} characters more)` : text}</code>`;
}
