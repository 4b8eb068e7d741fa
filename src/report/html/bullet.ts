import { formatInUnit } from '../../machine/pure.js';
import type { ScoreRow, Verdict } from '../../score/index.js';
import { type Colour, css } from '../palette.js';
import { type Html, markup } from './markup.js';

const WIDTH = 184;
const HEIGHT = 44;
const MARGIN = 8;

/** Of the value and its interval; the lane of the target reaches as far above as below. */
const MIDDLE = 18;

/** Between the middles of two labels of the scale. */
const LABEL_GAP = 42;

/**
 * A row's value as the shape of its verdict, and its interval as a whisker, on a scale on which the target is shaded; words for
 * them stand beside them in the row.
 * @param points of trials, what each pair had: a small dot each above the value
 */
export function bullet(row: ScoreRow, points: readonly number[] = []): Html {
  if (row.value === null) return markup``;
  const scale = scaleOf(row);
  const x = (value: number) => {
    const within = Math.min(Math.max(value, scale.from), scale.to);
    return MARGIN + ((within - scale.from) / (scale.to - scale.from)) * (WIDTH - 2 * MARGIN);
  };
  const { op, value: bound, bandTo } = row.target;
  const stretch = (colour: Colour, { from, to }: Scale) =>
    markup`<rect fill="${css(colour)}" x="${round(x(from))}" y="10" width="${round(Math.max(0, x(to) - x(from)))}" height="16"/>`;
  const zone = op === '<' ? { from: scale.from, to: bound } : { from: bound, to: bandTo ?? scale.to };
  const beyond = op === '>=' && bandTo !== undefined && { from: bandTo, to: scale.to };
  return markup`<svg class="bullet" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" stroke-width="1.5" aria-hidden="true"><rect fill="${css('line')}" x="${MARGIN}" y="${MIDDLE - 2}" width="${WIDTH - 2 * MARGIN}" height="4" rx="2"/>${beyond && stretch('beyond', beyond)}${stretch('zone', zone)}<line stroke="${css('muted')}" x1="${round(x(bound))}" x2="${round(x(bound))}" y1="8" y2="30"/>${points.map((point) => markup`<circle class="pair" fill="${css('muted')}" cx="${round(x(point))}" cy="5" r="2"/>`)}${row.interval && whisker(row.interval, scale, x)}${MARKS[row.verdict](round(x(row.value)))}${labels(row, scale, x)}</svg>`;
}

/** The value as the shape of its verdict, as in words.ts; small enough for a whisker's ends to be seen. */
const MARKS: Record<Verdict, (x: string) => Html> = {
  met: (x) => markup`<circle fill="${css('met')}" stroke="${css('page')}" cx="${x}" cy="${MIDDLE}" r="5"/>`,
  missed: (x) =>
    markup`<path fill="${css('missed')}" stroke="${css('page')}" d="M${x} ${MIDDLE - 6}l6 10h-12z"/>`,
  inconclusive: half,
  'too-idle': half,
  'too-little': diamond,
  invalid: diamond,
  'not-measured': diamond,
};

function half(x: string): Html {
  return markup`<circle fill="${css('page')}" stroke="${css('other')}" cx="${x}" cy="${MIDDLE}" r="5"/><path fill="${css('other')}" d="M${x} ${MIDDLE - 5}a5 5 0 0 0 0 10z"/>`;
}

function diamond(x: string): Html {
  return markup`<path fill="${css('other')}" stroke="${css('page')}" d="M${x} ${MIDDLE - 6}l6 6l-6 6l-6-6z"/>`;
}

/** An interval, with a bar across each end that is on the scale: without one it goes on. */
function whisker(
  { low, high }: { low: number; high: number },
  scale: Scale,
  x: (value: number) => number,
): Html {
  const end = (at: number) => at >= scale.from && at <= scale.to && markup`M${round(x(at))} ${MIDDLE - 8}v16`;
  const path = markup`M${round(x(low))} ${MIDDLE}H${round(x(high))}${end(low)}${end(high)}`;
  return markup`<path fill="none" stroke="${css('page')}" stroke-width="5" d="${path}"/><path class="whisker" fill="none" stroke="${css('text')}" stroke-width="2" d="${path}"/>`;
}

/** The bound of the target, and the ends of the scale where they don't run into it. */
function labels({ unit, target }: ScoreRow, scale: Scale, x: (value: number) => number): Html {
  const bound = Math.min(Math.max(x(target.value), 18), WIDTH - 18);
  const label = (value: number, at: number, anchor: 'start' | 'middle' | 'end') =>
    markup`<text x="${round(at)}" y="41" text-anchor="${anchor}">${formatInUnit(value, unit)}</text>`;
  return markup`<g fill="${css('muted')}">${bound > LABEL_GAP && label(scale.from, 0, 'start')}${label(target.value, bound, 'middle')}${bound < WIDTH - LABEL_GAP && label(scale.to, WIDTH, 'end')}</g>`;
}

type Scale = Record<'from' | 'to', number>;

/** Wide enough for the target to be seen, and for value and interval if they aren't far off. */
function scaleOf({ kind, value, interval, target, unit }: ScoreRow): Scale {
  if (kind === 'reduction') {
    const least = Math.min(0, value ?? 0, interval?.low ?? 0);
    return { from: least < 0 ? Math.max(-100, 10 * Math.floor(least / 10)) : 0, to: 100 };
  }
  if (unit === 'percent') return { from: 0, to: 100 };
  const most = Math.max(value ?? 0, interval?.high ?? 0);
  return { from: 0, to: roundUp(Math.min(Math.max(target.value * 2, most * 1.15), target.value * 8)) };
}

/** To two digits. */
function roundUp(value: number): number {
  const step = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Number((Math.ceil(value / step) * step).toPrecision(2));
}

function round(value: number): string {
  return value.toFixed(1);
}
