import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { builtPath } from '../../machine/index.js';
import type { ValidityCheck } from '../../score/index.js';
import { chartsOf } from '../charts/charts.js';
import { pictures } from '../picture.js';
import type { Reporter, ReportInput } from '../reporter.js';
import { accountingTables } from './accounting.js';
import { checksTable } from './checks.js';
import { whatGotWorse } from './costs.js';
import { divergenceSection } from './divergence.js';
import { environmentTables } from './environment.js';
import { figures, heightRules } from './figures.js';
import { keyFigures } from './key-figures.js';
import { type Html, markup, scriptJson, trusted } from './markup.js';
import { method } from './method.js';
import { requestsTable } from './requests.js';
import { scorecardTable } from './scorecard.js';
import { type Section, sectionOf } from './section.js';
import { statementsTable } from './statements.js';
import { shownPair, trialsSection } from './trials.js';

/** One page, whole in itself: it opens by a double click, without a network, and runs no script but its own. */
export const html: Reporter = { fileName: 'compare.html', render };

/** Records up to this many characters are embedded; longer ones are linked only, so that the page stays light. */
const MOST_EMBEDDED = 250_000;

async function render(input: ReportInput): Promise<string> {
  const { pair, scorecard } = input;
  const charts = chartsOf(pair, scorecard.scorecard);
  const style = `${asset('page.css')}\n${heightRules(charts)}`;
  const scripts = {
    first: "document.documentElement.classList.add('js');",
    chart: chartLibrary(),
    draw: `window.splitbenchDraw = ${asset('draw.js')}`,
    page: asset('page.js'),
  };
  const sections: Section[] = [
    {
      id: 'charts',
      title: 'What changed',
      body: markup`${shownPair(scorecard)}${figures(charts, await pictures())}`,
    },
    { id: 'figures', title: 'Key figures', body: keyFigures(input) },
    { id: 'worse', title: 'What got worse', body: whatGotWorse(scorecard) },
    ...divergenceSection(scorecard.divergence),
    { id: 'statements', title: 'Statements by change', body: statementsTable(pair) },
    { id: 'requests', title: 'Where statements went', body: requestsTable(pair) },
    { id: 'accounting', title: 'Accounting', body: accountingTables(pair) },
    ...trialsSection(input),
    { id: 'checks', title: 'Can it be believed?', body: checksTable(scorecard.checks) },
    { id: 'environment', title: 'Environment', body: environmentTables(pair) },
    { id: 'method', title: 'Method', body: method(pair, scorecard) },
    { id: 'raw', title: 'Raw data', body: rawData(input) },
  ];
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
<p class="kicker">splitbench · <span>${workload.name}</span> · policy <span>${scorecard.policy}</span> · <span>${day(pair.split.startedAt)}</span></p>
${heading(scorecard)}
</header>
<main id="main">
<section id="scorecard" aria-label="Scorecard">${scorecardTable(scorecard)}
${scorecard.notes.length > 0 && markup`<ul class="notes">${scorecard.notes.map((note) => markup`<li>${note}</li>`)}</ul>`}</section>
<nav aria-label="Parts of the report"><ul>${sections.map(({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
${sections.map(sectionOf)}
</main>
<footer><p>Made by splitbench ${pair.split.benchVersion}. Charts by Chart.js (MIT licence).</p></footer>
<script type="application/json" id="charts-data">${scriptJson(charts.filter((chart) => !('reason' in chart)).map((chart) => 'config' in chart && { id: chart.id, config: chart.config }))}</script>
<script>${trusted(scripts.chart)}</script>
<script>${trusted(scripts.draw)}</script>
<script>${trusted(scripts.page)}</script>
</body>
</html>
`.text;
}

/** The verdict large; what else the headline has to say in a size that leaves room for the scorecard. */
function heading({ headline, valid, checks }: ReportInput['scorecard']): Html {
  const sentences = headline.split(/(?<=\.) (?=[A-Z0-9])/);
  const large = valid ? 2 : 1;
  const rest = sentences.slice(large);
  return markup`<h1${!valid && markup` class="invalid"`}>${sentences.slice(0, large).join(' ')}</h1>${rest.length > 0 && markup`<p class="lead">${rest.join(' ')}</p>`}${cures(checks)}`;
}

/** What to do about an invalid comparison, where a reader learns that it is one. */
function cures(checks: ValidityCheck[]): Html {
  const todo = checks.filter((check) => !check.ok && check.cure);
  if (todo.length === 0) return markup``;
  return markup`<ul class="cures">${todo.map(({ title, cure }) => markup`<li><strong>${title}?</strong> No. ${cure}</li>`)}</ul>`;
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

function rawData({ pair, scorecard, control, links }: ReportInput): Html {
  const records = [
    {
      id: 'run-baseline',
      name: 'run.json of the baseline',
      link: links.baseline,
      json: scriptJson(pair.baseline),
    },
    { id: 'run-split', name: 'run.json of the split', link: links.split, json: scriptJson(pair.split) },
    ...(control && links.control !== undefined
      ? [
          {
            id: 'run-control',
            name: 'run.json of the control',
            link: links.control,
            json: scriptJson(control),
          },
        ]
      : []),
  ];
  const embedded = records.filter(({ json }) => json.text.length <= MOST_EMBEDDED);
  return markup`<ul>
<li><a href="compare.json">compare.json</a>, the scorecard; also in this page, as script element <code>scorecard-data</code></li>
${records.map((record) => markup`<li><a href="${record.link}">${record.name}</a>, all samples${embedded.includes(record) ? markup`; also in this page, as script element <code>${record.id}</code>` : ' (too long to be embedded here)'}</li>`)}
</ul>
<details><summary>The scorecard as JSON</summary><pre tabindex="0">${JSON.stringify(scorecard, null, 2)}</pre></details>
<script type="application/json" id="scorecard-data">${scriptJson(scorecard)}</script>
${embedded.map(({ id, json }) => markup`<script type="application/json" id="${id}">${json}</script>`)}`;
}

function asset(name: string): string {
  return readFileSync(builtPath(`report/page/${name}`), 'utf8');
}

function chartLibrary(): string {
  const require = createRequire(import.meta.url);
  const file = join(dirname(require.resolve('chart.js')), 'chart.umd.min.js');
  // Without the reference to its source map, which a browser would look for.
  return readFileSync(file, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
}

function day(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}
