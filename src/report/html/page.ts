import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { builtPath } from '../../machine/index.js';
import type { Decision, HeadlinePart, Scorecard, ValidityCheck } from '../../score/index.js';
import { chartsOf } from '../charts/charts.js';
import { paletteRules } from '../palette.js';
import { pictures } from '../picture.js';
import type { Reporter, ReportInput } from '../reporter.js';
import { heightRules } from './charts.js';
import { type Html, markup, scriptJson, trusted } from './markup.js';
import { scorecardTable } from './scorecard.js';
import type { PageInput } from './section.js';
import { SECTIONS } from './sections.js';

/** One page, whole in itself: it opens by a double click, without a network, and runs no script but its own. */
export const html: Reporter = { fileName: 'compare.html', render };

async function render(input: ReportInput): Promise<string> {
  const { pair, scorecard } = input;
  const charts = chartsOf(pair, scorecard.scorecard);
  const page: PageInput = { ...input, charts, pictureOf: pictures() };
  const style = [paletteRules(), asset('page.css'), heightRules(charts.drawn)].join('\n');
  const scripts = { first: "document.documentElement.classList.add('js');", page: asset('page.js') };
  const sections = Object.entries(SECTIONS)
    .map(([id, { title, body }]) => ({ id, title, html: body(page) }))
    .filter(({ html }) => html !== null);
  const { workload } = pair.split.plan;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(style, Object.values(scripts))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${workload.name}: what a read replica did</title>
<style>${trusted(style)}</style>
<script>${trusted(scripts.first)}</script>
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header>
<p class="kicker">splitbench · <span>${workload.name}</span> · policy <span>${scorecard.policy}</span> · <span>${pair.split.startedAt.slice(0, 16).replace('T', ' ')} UTC</span></p>
${heading(scorecard)}
</header>
<main id="main">
<section id="scorecard" aria-label="Scorecard">${scorecardTable(scorecard)}
${scorecard.notes.length > 0 && markup`<ul class="notes">${scorecard.notes.map((note) => markup`<li>${note}</li>`)}</ul>`}</section>
<nav aria-label="Parts of the report"><ul>${sections.map(({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
${sections.map(({ id, title, html }) => markup`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${html}</section>`)}
</main>
<footer><p>Made by splitbench ${pair.split.benchVersion}. Charts by Chart.js (MIT licence).</p></footer>
<script type="application/json" id="charts-data">${scriptJson(charts.drawn.map(({ id, config }) => ({ id, config })))}</script>
<script>${trusted(scripts.page)}</script>
</body>
</html>
`.text;
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
  return markup`<p id="decision" class="decision ${kind}">${sentence}${command && markup` <code>${command}</code>`}</p>`;
}

/** What to do about an invalid comparison, where a reader learns that it is one; the decision says it of the first check. */
function cures(checks: ValidityCheck[], decision: Decision | null): Html {
  const todo = checks.filter(({ cure }) => cure);
  if (todo.length <= (decision?.case === 'invalid' ? 1 : 0)) return markup``;
  return markup`<ul class="cures">${todo.map(({ title, cure }) => markup`<li><strong>“${title}” fails.</strong> ${cure}</li>`)}</ul>`;
}

/** Nothing is fetched, and only these very scripts and this very style run: markup that slipped in could do nothing. */
function policy(style: string, scripts: string[]): string {
  const hashes = (texts: string[]) =>
    texts.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`).join(' ');
  return [
    "default-src 'none'",
    `script-src ${hashes(scripts)}`,
    `style-src ${hashes([style])}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function asset(name: string): string {
  return readFileSync(builtPath(`report/page/${name}`), 'utf8');
}
