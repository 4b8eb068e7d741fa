import { tokensOf } from './tokens.js';

/** Tokens that need no white space beside them. */
const APART = '()[],;';

/**
 * What is left of a statement without the values of its literals, its comments and its layout: those that share it
 * have the same tree but for these values. A literal is a mark of its kind, as the grammar tells kinds apart; three
 * and more of a kind in a list are as two (one is no list: `-(1, 2)` is a row, `-(1)` a number). Several times cheaper
 * than to parse the text. That must be without NULs, which begin the marks. Not to be shown to anybody.
 */
export function shapeOf(sql: string): string {
  const pieces: string[] = [];
  let end = 0;
  let mayTouch = true;
  for (const { kind, text, start } of tokensOf(sql)) {
    if (kind === 'comment') continue;
    const isApart = kind === 'other' && APART.includes(text);
    const gap = start > end && !isApart && !mayTouch ? ' ' : '';
    end = start + text.length;
    mayTouch = isApart;
    if (kind !== 'literal' || decides(pieces)) pieces.push(gap + text);
    else {
      const mark = markOf(text);
      if (goesOn(pieces, mark)) pieces.pop();
      else pieces.push(gap + mark);
    }
  }
  return pieces.join('');
}

/** Whether a literal at the end is read by the grammar itself: `float(20)` and `float(50)` are two types. */
function decides(pieces: string[]): boolean {
  const last = pieces.at(-1);
  return last === '(' ? /^ ?float$/i.test(pieces.at(-2) ?? '') : /^ ?uescape$/i.test(last ?? '');
}

/** Whether a mark at the end would be the third in a list of the same. */
function goesOn(pieces: string[], mark: string): boolean {
  const { length } = pieces;
  return (
    pieces[length - 1] === ',' &&
    pieces[length - 2] === mark &&
    pieces[length - 3] === ',' &&
    pieces[length - 4]!.endsWith(mark)
  );
}

function markOf(literal: string): string {
  const first = literal[0]!;
  if (first !== '.' && !/\d/.test(first)) return `\0${first.toLowerCase()}`;
  return isInteger(literal) ? '\0i' : '\0d';
}

/** Larger ones are to the grammar what decimals are. */
function isInteger(number: string): boolean {
  return /^(?:0[xob]\w+|[\d_]+)$/i.test(number) && Number(number.replaceAll('_', '')) < 2 ** 31;
}
