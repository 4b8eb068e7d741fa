import type { Chart as Canvas, Plugin, TooltipItem } from 'chart.js';
import { formatNumber } from '../../machine/pure.js';
import type { ChartConfig, Marks } from '../charts/config.js';
import type { Colours } from '../palette.js';

/*
 * What both the page and the still pictures draw with: charts are data, in which colours are names and the marks that
 * Chart.js doesn't have (shaded stretches, limits, joined points) are lists.
 */

/** A chart's configuration for Chart.js: colours in place of their names, and numbers written as in the text. */
export function paint(config: ChartConfig, colours: Colours): ChartConfig {
  const painted = coloured(config, colours) as ChartConfig;
  for (const scale of Object.values(painted.options.scales)) {
    if (scale.type === 'linear') scale.ticks.callback = written;
    // Labels for 1, 2 and 5 of each power of ten, over a long range for 1 alone: more would run into each other.
    if (scale.type === 'logarithmic') {
      const labelled = scale.max! / scale.min! > 100 ? [1] : [1, 2, 5];
      scale.ticks.callback = (value) => (labelled.includes(leadingDigit(value)) ? written(value) : '');
    }
  }
  Object.assign(painted.options.plugins, {
    marks: { ...painted.options.plugins.marks, colours },
    tooltip: {
      callbacks: {
        title: ([item]: Item[]) => (item?.dataset.label && item.label) || '',
        label: (item: Item) => `${item.dataset.label}: ${formatNumber(reading(item))}`,
      },
    },
  });
  return painted;
}

type Item = TooltipItem<'line' | 'bar'>;

/** 5 for 500 and 0.05; not a whole number where more digits follow. */
function leadingDigit(value: number): number {
  return Number((value / 10 ** Math.floor(Math.log10(value) + 1e-9)).toPrecision(3));
}

function coloured(value: unknown, colours: Colours): unknown {
  if (typeof value === 'string')
    return value.startsWith('@') ? colours[value.slice(1) as keyof Colours] : value;
  if (Array.isArray(value)) return value.map((each) => coloured(each, colours));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, coloured(each, colours)]));
}

function reading({ chart, parsed }: Item): number {
  return (chart.options.indexAxis === 'y' ? parsed.x : parsed.y) ?? 0;
}

/** A tick of an axis: a round number, but for what adding up steps left behind it. */
function written(value: number): string {
  return formatNumber(Number(value.toPrecision(6)), 6);
}

export const marks: Plugin<'line' | 'bar', Marks & { colours: Colours }> = {
  id: 'marks',
  /** Chart.js puts a legend so close that the topmost label of an axis touches it. */
  beforeInit({ legend }) {
    if (!legend) return;
    const fit = legend.fit;
    legend.fit = function () {
      fit.call(this);
      if (this.options.display) this.height += 8;
    };
  },
  beforeDatasetsDraw(chart, _args, { bands = [], dumbbells, colours }) {
    const { ctx, chartArea: area, scales } = chart;
    ctx.save();
    for (const { from, to, label } of bands) {
      const left = scales.x!.getPixelForValue(from);
      const right = scales.x!.getPixelForValue(to);
      ctx.fillStyle = colours.band;
      ctx.fillRect(left, area.top, right - left, area.height);
      write(ctx, label, { x: left + 6, y: area.top + 12, colour: colours.muted });
    }
    if (dumbbells) {
      const others = chart.getDatasetMeta(1).data;
      for (const [index, point] of chart.getDatasetMeta(0).data.entries())
        join(ctx, point, others[index]!, { colour: colours.muted, width: 1 });
    }
    ctx.restore();
  },
  afterDatasetsDraw(chart, _args, { lines = [], bars = [], colours }) {
    const { ctx, chartArea: area, scales } = chart;
    ctx.save();
    for (const { y, label } of lines) {
      const at = scales.y!.getPixelForValue(y);
      const style = { colour: colours.target, width: 1.5, dash: [8, 3, 2, 3] };
      join(ctx, { x: area.left, y: at }, { x: area.right, y: at }, style);
      write(ctx, label, { x: area.right - 6, y: at - 8, colour: colours.target, align: 'right' });
    }
    for (const [index, labels] of bars.entries()) {
      for (const [row, bar] of chart.getDatasetMeta(index).data.entries()) {
        const { text, colour } = labels[row]!;
        const { base } = bar as unknown as { base: number };
        const inside = ctx.measureText(text).width + 16 < Math.abs(bar.x - base);
        const isLast = bars.slice(index + 1).every((later) => later[row]!.text === '');
        if (inside) write(ctx, text, { x: Math.min(bar.x, base) + 8, y: bar.y, colour });
        else if (isLast) write(ctx, text, { x: Math.max(bar.x, base) + 8, y: bar.y, colour: colours.text });
      }
    }
    ctx.restore();
  },
};

type Point = Record<'x' | 'y', number>;

function join(
  ctx: Canvas['ctx'],
  from: Point,
  to: Point,
  { colour, width, dash = [] }: { colour: string; width: number; dash?: number[] },
): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(from.x, from.y);
  ctx.lineTo(to.x, to.y);
  ctx.stroke();
  ctx.setLineDash([]);
}

function write(
  ctx: Canvas['ctx'],
  text: string,
  { x, y, colour, align = 'left' }: Point & { colour: string; align?: 'left' | 'right' },
): void {
  ctx.fillStyle = colour;
  ctx.textAlign = align;
  ctx.textBaseline = 'middle';
  ctx.fillText(text, x, y);
}
