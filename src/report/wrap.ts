import { stripVTControlCharacters } from 'node:util';

/** What a terminal beside an editor, or the log of a CI job, shows without wrapping lines itself. */
export const WIDTH = 100;

const NO_BREAK = '\u00a0';

/** Text that `wrapped` leaves in one piece. */
export function unbroken(text: string): string {
  return text.replaceAll(' ', NO_BREAK);
}

/** A line broken between words so that none is wider; a word that is stays whole. What goes on is indented two further. */
export function wrapped(line: string): string {
  if (widthOf(line) <= WIDTH) return line.replaceAll(NO_BREAK, ' ');
  const indent = ' '.repeat(line.length - line.trimStart().length);
  const [first = '', ...words] = line.trim().split(/ +/);
  const lines = [indent + first];
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`;
    if (widthOf(longer) <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(`${indent}  ${word}`);
  }
  return lines.join('\n').replaceAll(NO_BREAK, ' ');
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
