import type { Decision, HeadlinePart, Scorecard, ValidityCheck } from '../../score/index.js';
import { chartsOf } from '../charts/charts.js';
import { pictures } from '../picture.js';
import type { Reporter, ReportInput } from '../reporter.js';
import { momentInWords } from '../words.js';
import { commandBlock } from './command.js';
import { documentOf } from './document.js';
import { type Html, markup } from './markup.js';
import { scorecardTable } from './scorecard.js';
import type { PageInput } from './section.js';
import { SECTIONS } from './sections.js';

/** A comparison, for people. */
export const html: Reporter = { fileName: 'compare.html', render };

async function render(input: ReportInput): Promise<string> {
  const { pair, scorecard } = input;
  const charts = chartsOf(pair, scorecard);
  const page: PageInput = { ...input, charts, pictureOf: pictures() };
  const { notes, policy } = scorecard;
  const { plan, startedAt, benchVersion } = pair.split;
  return documentOf({
    title: `${plan.workload.name}: what a read replica did`,
    kicker: [plan.workload.name, `policy ${policy}`, momentInWords(startedAt)],
    heading: heading(scorecard),
    first: markup`<section id="scorecard" aria-label="Scorecard">${scorecardTable(scorecard)}
${notes.length > 0 && markup`<ul class="notes">${notes.map((note) => markup`<li>${note}</li>`)}</ul>`}</section>`,
    sections: Object.entries(SECTIONS).map(([id, { title, body }]) => ({ id, title, html: body(page) })),
    charts: charts.drawn,
    benchVersion,
  });
}

/** What is said large; the rest in a size that leaves room for the scorecard. */
const LARGE: readonly HeadlinePart['kind'][] = ['not-comparable', 'equal-sides', 'change', 'targets'];

function heading({ headlineParts, valid, checks, decision, headroom }: Scorecard): Html {
  const inWords = (parts: HeadlinePart[]) => parts.map(({ sentence }) => sentence).join(' ');
  const large = headlineParts.filter(({ kind }) => LARGE.includes(kind));
  const rest = headlineParts.filter(({ kind }) => !LARGE.includes(kind));
  const lead = [inWords(rest), valid && headroom ? headroom.sentence : ''].filter((words) => words !== '');
  return markup`<h1${!valid && markup` class="invalid"`}>${inWords(large)}</h1>${decision && decided(decision)}${lead.length > 0 && markup`<p class="lead">${lead.join(' ')}</p>`}${cures(checks, decision)}`;
}

/** So, do we buy one? And what to run where that can't be told. */
function decided({ kind, sentence, command }: Decision): Html {
  return markup`<p id="decision" class="decision ${kind}">${sentence}${commandBlock(command)}</p>`;
}

/** What to do about an invalid comparison, where a reader learns that it is one; the decision has said it of the first check. */
function cures(checks: ValidityCheck[], decision: Decision | null): Html {
  const todo = checks.filter(({ cure }) => cure).slice(decision?.case === 'invalid' ? 1 : 0);
  if (todo.length === 0) return markup``;
  return markup`<ul class="cures">${todo.map(({ title, cure, command }) => markup`<li><strong>“${title}” fails.</strong> ${cure}${command !== decision?.command && commandBlock(command)}</li>`)}</ul>`;
}
