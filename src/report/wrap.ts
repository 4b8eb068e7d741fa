import { stripVTControlCharacters } from 'node:util';

/** What a terminal beside an editor, or the log of a CI job, shows without wrapping lines itself. */
export const WIDTH = 100;

const NO_BREAK = '\u00a0';

/** Text that `wrapped` leaves in one piece. */
export function unbroken(text: string): string {
  return text.replaceAll(' ', NO_BREAK);
}

/** A line broken between words so that none is wider; a word that is stays whole. What goes on is indented two further. */
export function wrapped(line: string, width = WIDTH): string {
  if (widthOf(line) <= width) return line.replaceAll(NO_BREAK, ' ');
  const indent = ' '.repeat(line.length - line.trimStart().length);
  const [first = '', ...others] = linesOf(line.trim(), width - indent.length, width - indent.length - 2);
  return [indent + first, ...others.map((words) => `${indent}  ${words}`)]
    .join('\n')
    .replaceAll(NO_BREAK, ' ');
}

/** Words in lines that are no wider, but for a word that is. */
export function linesOf(text: string, width: number, then = width): string[] {
  const lines: string[] = [];
  for (const word of text.split(/ +/)) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && widthOf(longer) <= (lines.length === 1 ? width : then))
      lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** A table's rows as lines, each column as wide as its widest cell. */
export function aligned(rows: readonly string[][], side: (column: number) => 'left' | 'right'): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const cell = (text: string, column: number) =>
    side(column) === 'left' ? text.padEnd(widths[column]!) : text.padStart(widths[column]!);
  return rows.map((row) => row.map(cell).join('  ').trimEnd());
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
