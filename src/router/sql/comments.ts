import type { RouteHint } from './classification.js';
import { scanTokens } from './parse.js';

const MARK = 'splitbench:';
const CATEGORIES = ['read', 'analytics', 'realtime', 'write'] as const;

/**
 * What the comments of a text that parses ask of the router: `primary`, a category, `group=name`, or several of
 * them after `splitbench:`. Words that mean nothing are ignored; of two that contradict each other the last counts.
 */
export function hintOf(sql: string): RouteHint | undefined {
  if (!sql.includes(MARK)) return undefined;
  const hint: RouteHint = {};
  for (const { text } of scanTokens(sql)) {
    // Only comments begin so: an operator ends where a comment does begin.
    if (!text.startsWith('--') && !text.startsWith('/*')) continue;
    const at = text.indexOf(MARK);
    if (at < 0) continue;
    const words = text.slice(at + MARK.length).replace(/\*\/$/, '');
    for (const word of words.split(/[\s,;]+/)) obey(word, hint);
  }
  return Object.keys(hint).length > 0 ? hint : undefined;
}

function obey(word: string, hint: RouteHint): void {
  const category = CATEGORIES.find((name) => name === word);
  if (category !== undefined) hint.category = category;
  else if (word === 'primary') hint.target = 'primary';
  else if (/^group=./.test(word)) hint.group = word.slice('group='.length);
}
