import type { ScoreRow, Verdict } from '../../score/index.js';
import { type Colour, css } from '../palette.js';
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
  const scale = scaleOf(row);
  const x = (value: number) =>
    MARGIN +
    ((Math.min(Math.max(value, scale.from), scale.to) - scale.from) / (scale.to - scale.from)) *
      (WIDTH - 2 * MARGIN);
  const { op, value: bound, bandTo } = row.target;
  const stretch = (colour: Colour, { from, to }: Scale) =>
    markup`<rect fill="${css(colour)}" x="${round(x(from))}" y="6" width="${round(Math.max(0, x(to) - x(from)))}" height="14"/>`;
  const zone = op === '<' ? { from: scale.from, to: bound } : { from: bound, to: bandTo ?? scale.to };
  const beyond = op === '>=' && bandTo !== undefined && { from: bandTo, to: scale.to };
  return markup`<svg class="bullet" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" stroke-width="1.5" aria-hidden="true"><rect fill="${css('line')}" x="${MARGIN}" y="11" width="${WIDTH - 2 * MARGIN}" height="4" rx="2"/>${beyond && stretch('beyond', beyond)}${stretch('zone', zone)}<line stroke="${css('muted')}" x1="${round(x(bound))}" x2="${round(x(bound))}" y1="3" y2="23"/>${row.interval && whisker(x(row.interval.low), x(row.interval.high))}${MARKS[row.verdict](round(x(row.value)))}</svg>`;
}

/** The value as the shape of its verdict, as in words.ts. */
const MARKS: Record<Verdict, (x: string) => Html> = {
  met: (x) => markup`<circle fill="${css('met')}" stroke="${css('page')}" cx="${x}" cy="13" r="6"/>`,
  missed: (x) => markup`<path fill="${css('missed')}" stroke="${css('page')}" d="M${x} 6.5l6.5 12h-13z"/>`,
  inconclusive: half,
  'too-idle': half,
  'too-little': diamond,
  invalid: diamond,
  'not-measured': diamond,
};

function half(x: string): Html {
  return markup`<circle fill="${css('page')}" stroke="${css('other')}" cx="${x}" cy="13" r="6"/><path fill="${css('other')}" d="M${x} 7a6 6 0 0 0 0 12z"/>`;
}

function diamond(x: string): Html {
  return markup`<path fill="${css('other')}" stroke="${css('page')}" d="M${x} 6l6.5 7l-6.5 7l-6.5-7z"/>`;
}

function whisker(low: number, high: number): Html {
  const [a, b] = [round(low), round(high)];
  return markup`<path fill="none" stroke="${css('text')}" d="M${a} 9v8M${a} 13H${b}M${b} 9v8"/>`;
}

type Scale = Record<'from' | 'to', number>;

/** Wide enough for the target to be seen, and for value and interval if they aren't far off. */
function scaleOf({ kind, value, interval, target, unit }: ScoreRow): Scale {
  if (kind === 'reduction') {
    const least = Math.min(0, value ?? 0, interval?.low ?? 0);
    return { from: Math.max(-100, least), to: 100 };
  }
  if (unit === 'percent') return { from: 0, to: 100 };
  const most = Math.max(value ?? 0, interval?.high ?? 0);
  return { from: 0, to: Math.min(Math.max(target.value * 2, most * 1.15), target.value * 8) };
}

function round(value: number): string {
  return value.toFixed(1);
}
