import { formatCount, formatPercent, formatSeconds } from '../../machine/pure.js';
import { nodeOf, type RunRecord, type Side } from '../../record/pure.js';
import { figures } from '../html/charts.js';
import { documentOf } from '../html/document.js';
import { markup } from '../html/markup.js';
import { pictures } from '../picture.js';
import { notesOfRun } from '../run-summary.js';
import { momentInWords } from '../words.js';
import { chartsOfRun } from './charts.js';
import { RUN_SECTIONS } from './sections.js';

/** What a side is, as the page of one of its runs begins. */
const SIDES: Record<Side, string> = {
  baseline: 'Baseline, a primary alone',
  split: 'Split, a primary and its replica',
  control: 'Control, one primary with the CPU of all nodes',
};

/** The page of a single run: what was measured, and nothing of what it means beside another. */
export function runPage(run: RunRecord): string {
  const charts = chartsOfRun(run);
  const { plan, side, startedAt, benchVersion } = run;
  const notes = notesOfRun(run);
  return documentOf({
    title: `${plan.workload.name}: ${side} run`,
    kicker: [
      plan.workload.name,
      ...(side === 'split' ? [`policy ${plan.policy.name}`] : []),
      momentInWords(startedAt),
    ],
    heading: markup`<h1>${headingOf(run)}</h1>
<p class="lead">One run by itself says nothing about what a replica does: <code>bench compare</code> sets a split beside its baseline.</p>`,
    first: markup`${notes.length > 0 && markup`<ul class="notes">${notes.map((note) => markup`<li>${note}</li>`)}</ul>`}`,
    sections: [
      { id: 'charts', title: 'Over time', html: figures(charts, pictures()) },
      ...Object.entries(RUN_SECTIONS).map(([id, { title, body }]) => ({ id, title, html: body(run) })),
    ],
    charts: charts.drawn,
    benchVersion,
  });
}

function headingOf({ side, accounting, window, nodes, plan }: RunRecord): string {
  const { captured, ok } = accounting;
  const { ratePerSecond } = plan.load;
  const rate = ratePerSecond === null ? '' : ` at ${formatCount(ratePerSecond)}/s`;
  const used = nodeOf({ nodes }, 'primary')?.utilisation ?? null;
  const cpu = used === null ? '' : `; the primary used ${formatPercent(used * 100)} of its CPU`;
  return `${SIDES[side]}: ${formatCount(ok)} of ${formatCount(captured)} events ok, ${formatSeconds(window.seconds)} measured${rate}${cpu}.`;
}
