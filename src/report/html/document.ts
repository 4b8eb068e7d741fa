import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { asCalledAnywhere, builtPath } from '../../machine/index.js';
import type { Chart } from '../charts/charts.js';
import { paletteRules } from '../palette.js';
import { heightRules } from './charts.js';
import { Html, markup, scriptJson, trusted } from './markup.js';

/** A page of ours, without what all of them share. */
export interface Document {
  title: string;
  /** What it is of, in a line above its heading. */
  kicker: string[];
  heading: Html;
  /** Before the list of its sections. */
  first: Html;
  /** In their order; those with nothing to say are left out. */
  sections: { id: string; title: string; html: Html | null }[];
  charts: readonly Chart[];
  benchVersion: string;
}

/** One page, whole in itself: it opens by a double click, without a network, and runs no script but its own. */
export function documentOf({
  title,
  kicker,
  heading,
  first,
  charts,
  benchVersion,
  ...page
}: Document): string {
  const style = [paletteRules(), asset('page.css'), heightRules(charts)].join('\n');
  const scripts = { first: "document.documentElement.classList.add('js');", page: asset('page.js') };
  const sections = page.sections.filter(({ html }) => html !== null);
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(style, Object.values(scripts))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${trusted(style)}</style>
<script>${trusted(scripts.first)}</script>
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header>
<p class="kicker">splitbench${kicker.map((words) => markup` · <span>${words}</span>`)}</p>
${said(heading)}
</header>
<main id="main">
${said(first)}
<nav aria-label="Parts of the report"><ul>${sections.map(({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
${sections.map(({ id, title, html }) => markup`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${html && said(html)}</section>`)}
</main>
<footer><p>Made by splitbench ${benchVersion}. Charts by Chart.js (MIT licence).</p></footer>
<script type="application/json" id="charts-data">${scriptJson(drawn(charts))}</script>
<script>${trusted(scripts.page)}</script>
</body>
</html>
`.text;
}

/** What people read, and copy commands from; scripts stay what their hashes are of. */
function said({ text }: Html): Html {
  return new Html(asCalledAnywhere(text));
}

/** What the page's script draws, in six digits: finer than any screen. */
function drawn(charts: readonly Chart[]): unknown {
  const text = JSON.stringify(
    charts.map(({ id, config }) => ({ id, config })),
    (_, value) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value),
  );
  return JSON.parse(text);
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
