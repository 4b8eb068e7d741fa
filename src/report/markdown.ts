import { asCalledAnywhere } from '../machine/index.js';
import { plainText } from '../machine/pure.js';
import type { Decision, ValidityCheck } from '../score/index.js';
import type { Reporter } from './reporter.js';
import {
  CHECK_STATES,
  costsIn,
  costsTitle,
  gateInWords,
  intervalInWords,
  intervalsInWords,
  loadInWords,
  notJudgedInWords,
  sidesInWords,
  sinceInWords,
  statementsInWords,
  targetInWords,
  VERDICTS,
  valueInWords,
} from './words.js';

/** For the summary of a CI job or a comment under a pull request: GitHub and GitLab take 64 kB and more. */
export const markdown: Reporter = {
  fileName: 'compare.md',
  render({ scorecard, pair }, { failOn } = {}) {
    const {
      headline,
      decision,
      headroom,
      scorecard: rows,
      checks,
      regressions,
      findings,
      notes,
      control,
      since,
    } = scorecard;
    const table = rows.map((row) => {
      const { shape, word } = VERDICTS[row.verdict];
      return [
        row.title,
        sidesInWords(row),
        [valueInWords(row) + loadInWords(row), intervalInWords(row)].filter(Boolean).join('; '),
        targetInWords(row),
        `${shape} ${word}`,
      ];
    });
    const failed = checks.filter(({ state }) => state === 'fails' || state === 'result');
    const worse = regressions.filter((regression) => regression.worse);
    const costs = costsIn(regressions);
    const sections = [
      `### splitbench: ${inline(pair.split.plan.workload.name)}, policy ${inline(scorecard.policy)}`,
      `**${inline(headline)}**`,
      decision &&
        `**${inline(decision.sentence)}**${decision.command ? `\n\n${codeBlock(decision.command)}` : ''}`,
      scorecard.valid && headroom && inline(headroom.sentence),
      tableOf(['Target', 'Baseline → split', 'Result', 'Wanted', 'Verdict'], table),
      intervalsInWords(rows) && `Ranges are ${inline(intervalsInWords(rows))}.`,
      rows
        .flatMap(({ title, reason, command }) => (reason ? [item(`${title}: ${reason}`, command)] : []))
        .join('\n'),
      failed.length > 0 && `**Checks**\n\n${failed.map((check) => failedItem(check, decision)).join('\n')}`,
      `**What got worse**\n\n${listOf([...worse.map(({ sentence }) => sentence), notJudgedInWords(regressions)].filter(Boolean)) || 'Nothing measurable.'}`,
      costs.length > 0 &&
        `**${costsTitle(scorecard.plan)}**\n\n${listOf(costs.map(({ sentence }) => sentence))}`,
      findings.length > 0 &&
        `**What to do next**\n\n${listOf(findings.map(({ title, sentence, advice, statements }) => `${title}: ${sentence} ${advice}${statements.length > 0 ? ` ${statementsInWords(statements)}` : ''}`))}`,
      since && `**Since the earlier comparison**\n\n${listOf(since.map(sinceInWords))}`,
      control && inline(control.sentence),
      inline(gateInWords(scorecard, failOn)),
      notes.length > 0 && `<details><summary>Notes</summary>\n\n${listOf(notes)}\n\n</details>`,
    ];
    return cut(asCalledAnywhere(`${sections.filter(Boolean).join('\n\n')}\n`));
  },
};

function tableOf(heads: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => inline(cell)).join(' | ')} |`;
  return [line(heads), `|${' --- |'.repeat(heads.length)}`, ...rows.map(line)].join('\n');
}

function listOf(lines: string[]): string {
  return lines.map((line) => item(line)).join('\n');
}

/** @param command what to run, to be copied */
function item(text: string, command?: string | null): string {
  return `- ${inline(text)}${command ? `\n\n${codeBlock(command).replace(/^/gm, '  ')}` : ''}`;
}

/** What the decision says to run is said once. */
function failedItem(
  { title, state, found, cure, command }: ValidityCheck,
  decision: Decision | null,
): string {
  const text = `${title} (${CHECK_STATES[state].word}): ${found}.${cure ? ` ${cure}` : ''}`;
  return item(text, command === decision?.command ? null : command);
}

/** Text that is no markup, on one line. */
function inline(text: string): string {
  return plainText(text.replace(/\s+/g, ' ')).replace(
    /[\\`*_{}[\]<>#|~@$]/g,
    (mark) => ESCAPED[mark] ?? `\\${mark}`,
  );
}

/** A backslash would not keep these from being HTML, or from calling someone. */
const ESCAPED: Record<string, string> = { '<': '&lt;', '>': '&gt;', '@': '@\u200b' };

/** As it is, between more backticks than it holds. */
function codeBlock(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return `${fence}sh\n${plainText(text)}\n${fence}`;
}

/** What a comment holds at most, in characters, with room for bytes that aren't ASCII. */
const MOST = 60_000;

function cut(text: string): string {
  return text.length <= MOST ? text : `${text.slice(0, text.lastIndexOf('\n', MOST))}\n\n(cut short)\n`;
}
