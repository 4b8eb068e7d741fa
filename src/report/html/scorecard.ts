import { formatBoth } from '../../machine/pure.js';
import type { PairByPair, Scorecard, ScoreRow, Verdict } from '../../score/index.js';
import {
  type Badge,
  INCONCLUSIVE,
  intervalInWords,
  intervalsInWords,
  loadInWords,
  measuredInWords,
  NO_DIFFERENCE,
  sidesOf,
  targetInWords,
  VERDICTS,
  valueInWords,
} from '../words.js';
import { bullet } from './bullet.js';
import { chartLink } from './chart-link.js';
import { commandBlock } from './command.js';
import { type Html, markup } from './markup.js';

/** The ten seconds: a row a target. Why a comparison is invalid stands above it once, not in every row. */
export function scorecardTable({ scorecard, control, trials }: Scorecard): Html {
  const heads = [
    'Target',
    'Baseline → split',
    ...(control ? ['Control'] : []),
    'Result',
    'Wanted',
    'Verdict',
  ];
  return markup`<table class="scorecard" role="table"><caption class="unseen">Scorecard: what was measured against each target</caption><thead role="rowgroup"><tr role="row">${heads.map(
    (head) => markup`<th scope="col" role="columnheader">${head}</th>`,
  )}<td></td></tr></thead><tbody role="rowgroup">${scorecard.map((row) => rowOf(row, control !== null, trials))}</tbody></table>${legend(scorecard, trials)}`;
}

/** What the ranges are, and the words that need a word. */
function legend(rows: ScoreRow[], trials?: PairByPair): Html {
  const intervals = intervalsInWords(rows);
  if (intervals === '') return markup``;
  const has = (verdict: Verdict) => rows.some((row) => row.verdict === verdict);
  return markup`<p class="legend">Ranges are ${intervals}. ${trials && 'Each small dot is a pair.'} ${has('inconclusive') && INCONCLUSIVE} ${rows.some(({ difference }) => difference === 'none-found') && NO_DIFFERENCE}</p>`;
}

/** The pairs that the rows are made from: all that were not set aside, or all, if every one was. */
function scored(trials: PairByPair | undefined): PairByPair['pairs'] {
  const kept = trials?.pairs.filter(({ setAside }) => setAside === null) ?? [];
  return kept.length > 0 ? kept : (trials?.pairs ?? []);
}

function rowOf(row: ScoreRow, controlled: boolean, trials?: PairByPair): Html {
  const measured = row.value !== null;
  const points = scored(trials)
    .map(({ values }) => values[row.id] ?? null)
    .filter((value) => value !== null);
  return markup`<tr id="${row.id}" role="row" class="${row.verdict}">
<th scope="row" role="rowheader"><span class="name">${chartLink(row, row.title)}</span>${row.detail && markup`<span class="detail">${row.detail}</span>`}${row.reason && row.verdict !== 'invalid' && markup`<span class="detail reason">${row.reason}${commandBlock(row.command)}</span>`}</th>
<td role="cell" class="sides">${measured && sides(row)}</td>${
    controlled &&
    markup`
<td role="cell" class="sides control">${formatBoth(row.control, null, row.sideUnit).before}</td>`
  }
<td role="cell" class="value">${measured ? valueInWords(row) + loadInWords(row) : ''}${row.interval && markup`<span class="interval">${intervalInWords(row)}</span>`}${row.machineSpeed?.used && markup`<span class="interval as-measured">${measuredInWords(row)}</span>`}${row.difference === 'none-found' && markup`<span class="interval">no difference found</span>`}</td>
<td role="cell" class="wanted">${targetInWords(row)}</td>
<td role="cell" class="verdict">${badge(VERDICTS[row.verdict])}</td>
<td role="cell" class="picture">${bullet(row, points)}</td>
</tr>`;
}

/** A word in its colour and with its shape. */
export function badge({ word, shape, style }: Badge): Html {
  return markup`<span class="badge ${style}"><span aria-hidden="true">${shape}</span> ${word}</span>`;
}

function sides(row: ScoreRow): Html | null {
  const sides = sidesOf(row);
  return (
    sides &&
    markup`<span class="baseline">${sides.before}</span> → <span class="split">${sides.after}</span>${sides.words && markup` <span class="unit">${sides.words}</span>`}`
  );
}
