import { styleText } from 'node:util';
import type { Regression, Scorecard, Verdict } from '../score/index.js';
import type { Reporter } from './reporter.js';
import {
  INCONCLUSIVE,
  intervalInWords,
  intervalsInWords,
  sidesInWords,
  targetInWords,
  VERDICTS,
  valueInWords,
} from './words.js';

type Colour = Parameters<typeof styleText>[0];

const COLOURS: Record<Verdict, Colour> = {
  met: 'green',
  missed: 'red',
  inconclusive: 'yellow',
  invalid: 'magenta',
  'not-measured': 'gray',
};

/** The scorecard as aligned text. */
export const terminal: Reporter = {
  fileName: 'compare.txt',
  render: ({ scorecard }, { colour = false } = {}) => `${textOf(scorecard, colour)}\n`,
};

function textOf(scorecard: Scorecard, colour: boolean): string {
  const paint = (style: Colour, text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const sections = [
    [paint('bold', plain(scorecard.headline))],
    table(scorecard, paint),
    problems(scorecard),
    worse(scorecard.regressions),
    scorecard.control ? [plain(scorecard.control.sentence)] : [],
    scorecard.notes.map((note) => `Note: ${plain(note)}`),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => line.trimEnd()).join('\n'))
    .join('\n\n');
}

function table({ scorecard }: Scorecard, paint: (style: Colour, text: string) => string): string[] {
  const rows = scorecard.map((row) => [
    row.title,
    valueInWords(row),
    intervalInWords(row),
    `target: ${targetInWords(row)}`,
    sidesInWords(row),
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((cells) => (cells[column] ?? '').length)));
  const verdictWidth = Math.max(...scorecard.map((row) => VERDICTS[row.verdict].word.length));
  const lines = scorecard.map((row, index) => {
    const { shape, word } = VERDICTS[row.verdict];
    const cells = (rows[index] ?? [])
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .filter((cell) => cell !== '');
    return `${paint(COLOURS[row.verdict], `${shape} ${word.padEnd(verdictWidth)}`)}  ${cells.join('  ')}`;
  });
  const intervals = intervalsInWords(scorecard);
  const inconclusive = scorecard.some(({ verdict }) => verdict === 'inconclusive');
  return intervals === ''
    ? lines
    : [...lines, '', `Beside each value: ${intervals}.${inconclusive ? ` ${INCONCLUSIVE}` : ''}`];
}

/** Why a row has no verdict of its own, and what to do where the comparison can't be believed. */
function problems({ scorecard, checks }: Scorecard): string[] {
  const failed = checks.filter(({ state }) => state === 'fails');
  if (failed.length > 0) {
    return failed.map((check) => `Not valid: ${plain(check.found)}.${check.cure ? ` ${check.cure}` : ''}`);
  }
  return scorecard.flatMap((row) => (row.reason ? [`${row.title}: ${plain(row.reason)}`] : []));
}

function worse(regressions: Regression[]): string[] {
  const found = regressions.filter((regression) => regression.worse);
  if (found.length === 0) return ['What got worse: nothing measurable.'];
  return ['What got worse:', ...found.map((regression) => `  ${plain(regression.sentence)}`)];
}

/** Text that came from data can hold control characters, which a terminal would obey. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to take out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}
