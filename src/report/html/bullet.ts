import type { ScoreRow } from '../../score/index.js';
import { isReduction } from '../words.js';
import { type Html, markup } from './markup.js';

const WIDTH = 180;
const HEIGHT = 26;
const MARGIN = 7;

/**
 * A row's value as a dot, and its interval as a bar, on a scale on which the target is shaded; words for them stand
 * beside them in the row.
 */
export function bullet(row: ScoreRow): Html {
  if (row.value === null) return markup``;
  const [from, to] = scaleOf(row);
  const x = (value: number) =>
    MARGIN + ((Math.min(Math.max(value, from), to) - from) / (to - from)) * (WIDTH - 2 * MARGIN);
  const { op, value: bound, bandTo } = row.target;
  const zone = op === '<' ? [from, bound] : [bound, bandTo ?? to];
  const beyond = op === '>=' && bandTo !== undefined ? [bandTo, to] : null;
  const stretch = ([a = 0, b = 0]: number[], style: string) =>
    markup`<rect class="${style}" x="${round(x(a))}" y="6" width="${round(Math.max(0, x(b) - x(a)))}" height="14"/>`;
  const dot = round(x(row.value));
  const mark =
    row.verdict === 'missed'
      ? markup`<path class="dot missed" d="M${dot} 6.5l6.5 12h-13z"/>`
      : row.verdict === 'met'
        ? markup`<circle class="dot met" cx="${dot}" cy="13" r="6"/>`
        : row.verdict === 'inconclusive'
          ? markup`<circle class="dot open" cx="${dot}" cy="13" r="6"/><path class="dot half" d="M${dot} 7a6 6 0 0 0 0 12z"/>`
          : markup`<path class="dot" d="M${dot} 6l6.5 7l-6.5 7l-6.5-7z"/>`;
  return markup`<svg class="bullet" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" aria-hidden="true"><rect class="track" x="${MARGIN}" y="11" width="${WIDTH - 2 * MARGIN}" height="4" rx="2"/>${beyond && stretch(beyond, 'beyond')}${stretch(zone, 'zone')}<line class="bound" x1="${round(x(bound))}" x2="${round(x(bound))}" y1="3" y2="23"/>${row.interval && whisker(x(row.interval.low), x(row.interval.high))}${mark}</svg>`;
}

function whisker(low: number, high: number): Html {
  const [a, b] = [round(low), round(high)];
  return markup`<path class="whisker" d="M${a} 9v8M${a} 13H${b}M${b} 9v8"/>`;
}

/** Ends of the scale: wide enough for the target to be seen, and for value and interval if they aren't far off. */
function scaleOf(row: ScoreRow): [number, number] {
  const value = Math.max(row.value ?? 0, row.interval?.high ?? 0);
  if (isReduction(row)) {
    const least = Math.min(0, row.value ?? 0, row.interval?.low ?? 0);
    return [Math.max(-100, least), 100];
  }
  if (row.unit === 'percent') return [0, 100];
  return [0, Math.min(Math.max(row.target.value * 2, value * 1.15), row.target.value * 8)];
}

function round(value: number): string {
  return value.toFixed(1);
}
