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

/** On the side of the points on which there is more room, so that it covers none of them. */
Tooltip.positioners.beside = function (items) {
  if (items.length === 0) return false;
  const points = items.map(({ element }) => element);
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  return {
    x: (left + right) / 2 < this.chart.width / 2 ? right : left,
    y: (Math.min(...ys) + Math.max(...ys)) / 2,
  };
};

type Item = TooltipItem<'line' | 'bar'>;

/** What is read off a chart: each series by its name, in its unit, at a place that is said. */
export function tooltip(colours: Colours) {
  return {
    position: 'beside',
    yAlign: 'center',
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
