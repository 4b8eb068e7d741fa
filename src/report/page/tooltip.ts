import { Tooltip, type TooltipItem } from 'chart.js';
import { formatInUnit, formatNumber, formatSeconds } from '../../machine/pure.js';
import type { AxisUnit } from '../charts/config.js';
import type { Colours } from '../palette.js';
import { percentileOf } from './draw.js';

declare module 'chart.js' {
  interface TooltipPositionerMap {
    beside: (typeof Tooltip)['positioners']['average'];
  }
}

/** Of a tooltip at least, in pixels. */
const NARROWEST = 100;

/** On the side of the points on which there is more room, or below them, so that it covers none of them. */
Tooltip.positioners.beside = function (items) {
  if (items.length === 0) return false;
  const { left, right } = this.chart.chartArea;
  const elements = items.map(
    ({ element }) => element as typeof element & { base?: number; horizontal?: boolean },
  );
  const xs = elements.flatMap(({ x, base, horizontal }) =>
    horizontal && base !== undefined ? [x, base] : [x],
  );
  const ys = elements.map(({ y }) => y);
  const [first, last] = [Math.min(...xs), Math.max(...xs)];
  const [highest, lowest] = [Math.min(...ys), Math.max(...ys)];
  const room = { left: first - left, right: right - last };
  if (Math.max(room.left, room.right) < NARROWEST)
    return { x: (first + last) / 2, y: lowest, xAlign: 'center', yAlign: 'top' };
  const y = (highest + lowest) / 2;
  return room.right > room.left
    ? { x: last, y, xAlign: 'left', yAlign: 'center' }
    : { x: first, y, xAlign: 'right', yAlign: 'center' };
};

type Item = TooltipItem<'line' | 'bar'>;

/** What is read off a chart: each series by its name, in its unit, at a place that is said. */
export function tooltip(colours: Colours) {
  return {
    position: 'beside',
    caretPadding: 12,
    backgroundColor: colours.raised,
    titleColor: colours.text,
    bodyColor: colours.text,
    borderColor: colours.line,
    borderWidth: 1,
    callbacks: {
      title: ([item]: Item[]) => (item ? placeOf(item) : ''),
      label: (item: Item) => `${item.dataset.label}: ${reading(item, valueAxis(item))}`,
    },
  };
}

function valueAxis({ chart }: Item): 'x' | 'y' {
  return chart.options.indexAxis === 'y' ? 'x' : 'y';
}

/** `12 s`, `99 %`, or the name of a row. */
function placeOf(item: Item): string {
  const axis = valueAxis(item) === 'x' ? 'y' : 'x';
  return item.chart.scales[axis]!.type === 'category' ? item.label : reading(item, axis);
}

function reading({ chart, parsed }: Item, axis: 'x' | 'y'): string {
  const value = parsed[axis] ?? 0;
  const { unit } = chart.scales[axis]!.options as { unit?: AxisUnit };
  if (unit === 'seconds') return formatSeconds(value);
  if (unit === 'tail') return percentileOf(value);
  return unit === undefined ? formatNumber(value) : formatInUnit(value, unit);
}
