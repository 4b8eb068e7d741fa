import { styleText } from 'node:util';
import { asCalled } from '../machine/index.js';
import { plainText } from '../machine/pure.js';
import type { Finding, Scorecard } from '../score/index.js';
import type { Reporter } from './reporter.js';
import {
  type Badge,
  costsIn,
  costsTitle,
  gateInWords,
  INCONCLUSIVE,
  intervalInWords,
  intervalsInWords,
  loadInWords,
  measuredInWords,
  notJudgedInWords,
  sidesInWords,
  sinceInWords,
  statementsInWords,
  targetInWords,
  VERDICTS,
  valueInWords,
} from './words.js';
import { unbroken, WIDTH, wrapped } from './wrap.js';

/** The scorecard as text that is aligned and no wider than WIDTH and the terminal, plain but for colours of its own. */
export const terminal: Reporter = {
  fileName: 'compare.txt',
  render({ scorecard }, { colour = false, width, failOn } = {}) {
    const most = Math.min(width ?? WIDTH, WIDTH);
    const paint: Paint = (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text);
    const sections = [
      [paint('bold', plainText(scorecard.headline))],
      decision(scorecard, paint),
      table(scorecard, paint, most),
      problems(scorecard),
      worse(scorecard),
      next(scorecard.findings),
      since(scorecard),
      scorecard.control ? [plainText(scorecard.control.sentence)] : [],
      scorecard.notes.map((note) => plainText(`Note: ${note}`)),
      [gateInWords(scorecard, failOn)].filter(Boolean),
    ].filter((lines) => lines.length > 0);
    return `${sections.map((lines) => lines.map((line) => wrapped(asCalled(line.trimEnd()), most)).join('\n')).join('\n\n')}\n`;
  },
};

/** So, do we buy one? */
function decision({ decision, headroom, valid }: Scorecard, paint: Paint): string[] {
  if (!decision) return [];
  const { sentence, command } = decision;
  const room = headroom && valid ? [headroom.sentence] : [];
  return [paint('bold', plainText(sentence)), ...commandLine(command), ...room];
}

/** On one line, however long it is: it is there to be copied. */
function commandLine(command: string | null | undefined): string[] {
  return command ? [`  ${unbroken(asCalled(plainText(command)))}`] : [];
}

type Paint = (style: Badge['colour'] | 'bold', text: string) => string;

/** Its rows beside each other, and below each what its value is measured by; its interval, too, where it finds no room beside it. */
function table(scorecard: Scorecard, paint: Paint, width: number, isNarrow = false): string[] {
  const { scorecard: rows } = scorecard;
  const lines = rows.map((row) => {
    const interval = intervalInWords(row);
    const below = [`target: ${targetInWords(row)}`, sidesInWords(row)];
    const cells = [row.title, valueInWords(row) + loadInWords(row)];
    return {
      ...VERDICTS[row.verdict],
      cells: isNarrow ? cells : [...cells, interval],
      below: (isNarrow ? [interval, ...below] : below).filter(Boolean).join('; '),
    };
  });
  const wordWidth = Math.max(...lines.map(({ word }) => word.length));
  const widths = lines[0]!.cells.map((_, column) =>
    Math.max(...lines.map(({ cells }) => cells[column]!.length)),
  );
  const whole = wordWidth + 2 + widths.reduce((sum, each) => sum + 2 + each, 0);
  if (whole > width && !isNarrow) return table(scorecard, paint, width, true);
  const aligned = lines.flatMap(({ shape, word, colour, cells, below }) => [
    [
      paint(colour, `${shape} ${word.padEnd(wordWidth)}`),
      ...cells.map((cell, column) => cell.padEnd(widths[column]!)),
    ].join('  '),
    `${' '.repeat(wordWidth + 4)}${below}`,
  ]);
  const intervals = intervalsInWords(rows);
  if (intervals === '') return aligned;
  const inconclusive = rows.some(({ verdict }) => verdict === 'inconclusive');
  const atEqualSpeed = rows
    .filter(({ machineSpeed }) => machineSpeed?.used)
    .map((row) => `${row.title}: ${measuredInWords(row)}.`);
  return [
    ...aligned,
    '',
    `${isNarrow ? 'Below' : 'Beside'} each value: ${intervals}.${inconclusive ? ` ${INCONCLUSIVE}` : ''}`,
    ...atEqualSpeed,
  ];
}

/** Why a row has no verdict of its own, and what to do where the comparison can't be believed. */
function problems({ scorecard, checks, decision }: Scorecard): string[] {
  const failed = checks.filter(({ state }) => state === 'fails');
  if (failed.length > 0) {
    return failed.flatMap(({ found, cure, command }) => [
      plainText(`Not valid: ${found}.${cure ? ` ${cure}` : ''}`),
      // What the decision says to run is said once.
      ...(command !== decision?.command ? commandLine(command) : []),
    ]);
  }
  return scorecard.flatMap((row) => {
    const { title, reason, command } = row;
    if (!reason) return [];
    return [plainText(`${title}: ${reason}`), ...commandLine(command)];
  });
}

function worse({ regressions, plan }: Scorecard): string[] {
  const found = regressions.filter((regression) => regression.worse);
  const notJudged = notJudgedInWords(regressions);
  const costs = costsIn(regressions);
  const cost =
    costs.length > 0
      ? [`${costsTitle(plan)}:`, ...costs.map(({ sentence }) => `  ${plainText(sentence)}`)]
      : [];
  if (found.length === 0) return [`What got worse: nothing measurable. ${notJudged}`, ...cost];
  const lines = [...found.map(({ sentence }) => plainText(sentence)), notJudged].filter(Boolean);
  return ['What got worse:', ...lines.map((line) => `  ${line}`), ...cost];
}

function next(findings: Finding[]): string[] {
  if (findings.length === 0) return [];
  const each = findings.flatMap(({ title, sentence, advice, statements }) => [
    `${title}: ${sentence} ${advice}`,
    ...(statements.length > 0 ? [`  ${statementsInWords(statements)}`] : []),
  ]);
  return ['What to do next:', ...each.map((line) => `  ${plainText(line)}`)];
}

/** What changed since an earlier comparison. */
function since({ since }: Scorecard): string[] {
  return since
    ? ['Since the earlier comparison:', ...since.map((each) => `  ${plainText(sinceInWords(each))}`)]
    : [];
}
