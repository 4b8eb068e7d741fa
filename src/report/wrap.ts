import { stripVTControlCharacters } from 'node:util';

/** What a terminal beside an editor, or the log of a CI job, shows without wrapping lines itself. */
export const WIDTH = 100;

/** A line broken between words so that none is wider; a word that is stays whole. What goes on is indented two further. */
export function wrapped(line: string): string {
  if (widthOf(line) <= WIDTH) return line;
  const indent = ' '.repeat(line.length - line.trimStart().length);
  const [first = '', ...words] = line.trim().split(/ +/);
  const lines = [indent + first];
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`;
    if (widthOf(longer) <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(`${indent}  ${word}`);
  }
  return lines.join('\n');
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
