import type { Chart as Canvas, ChartDataset, Element, Plugin } from 'chart.js';
import { formatNumber, formatPercent } from '../../machine/pure.js';
import type { ChartConfig, Marks } from '../charts/config.js';
import type { Colours } from '../palette.js';
import { spread } from './spread.js';

/*
 * What both the page and the still pictures draw with: charts are data, in which colours are names and the marks that
 * Chart.js doesn't have (shaded stretches, levels, names of series, joined points) are lists.
 */

/** A chart's configuration for Chart.js: colours in place of their names, and numbers written as in the text. */
export function paint(config: ChartConfig, colours: Colours): ChartConfig {
  const painted = coloured(config, colours) as ChartConfig;
  for (const scale of Object.values(painted.options.scales)) {
    if (scale.unit === 'tail') {
      // The median, and each further nine.
      const tails = [2, 10, 100, 1000].filter((tail) => tail <= scale.max!);
      scale.afterBuildTicks = (axis: { ticks: { value: number }[] }) => {
        axis.ticks = tails.map((value) => ({ value }));
      };
      scale.ticks.callback = percentileOf;
    } else if (scale.type === 'linear') {
      scale.ticks.callback = written;
    } else if (scale.type === 'logarithmic') {
      // Labels for 1, 2 and 5 of each power of ten, over a long range for 1 alone: more would run into each other.
      const labelled = scale.max! / scale.min! > 100 ? [1] : [1, 2, 5];
      const ticks = decades(scale.min!, scale.max!).map((value) => ({ value }));
      scale.afterBuildTicks = (axis: { ticks: { value: number }[] }) => {
        axis.ticks = ticks;
      };
      scale.ticks.callback = (value) => (labelled.includes(leadingDigit(value)) ? written(value) : '');
    }
  }
  Object.assign(painted.options.plugins.marks, { colours });
  return painted;
}

/** Of the slowest one in `tail`: `99 %` of 100. */
export function percentileOf(tail: number): string {
  return formatPercent(Number((100 * (1 - 1 / tail)).toPrecision(6)), 4);
}

/** 1, 2 and 5 of each power of ten in this range. */
function decades(min: number, max: number): number[] {
  const all: number[] = [];
  for (let power = Math.floor(Math.log10(min)); power <= Math.log10(max); power++)
    all.push(...[1, 2, 5].map((digit) => digit * 10 ** power));
  return all.filter((value) => value >= min * (1 - 1e-9) && value <= max * (1 + 1e-9));
}

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

/** A tick of an axis: a round number, but for what adding up steps left behind it. */
function written(value: number): string {
  return formatNumber(Number(value.toPrecision(6)), 6);
}

/** From one line of text to the next, in pixels. */
const LINE = 15;

type Painted = Marks & { colours: Colours };

export const marks: Plugin<'line' | 'bar', Painted> = {
  id: 'marks',
  /** Room for what is written around the plot. */
  beforeLayout(chart, _args, { bands = [], dumbbells, names }) {
    const { ctx, data } = chart;
    setFont(chart);
    const widest = Math.max(...data.datasets.map((dataset) => ctx.measureText(nameOf(dataset)).width));
    chart.options.layout = {
      padding: {
        top: bands.length > 0 || dumbbells ? LINE + 3 : 4,
        right: names ? widest + LEADER + 4 : 4,
      },
    };
  },
  beforeDatasetsDraw(chart, _args, { bands = [], dumbbells, colours }) {
    const { ctx, chartArea: area, scales } = chart;
    ctx.save();
    setFont(chart);
    for (const { from, to, label } of bands) {
      const left = scales.x!.getPixelForValue(from);
      const right = scales.x!.getPixelForValue(to);
      ctx.fillStyle = colours.band;
      ctx.fillRect(left, area.top, right - left, area.height);
      write(ctx, label, { x: left, y: area.top - 9, colour: colours.muted });
    }
    if (dumbbells) {
      const others = chart.getDatasetMeta(1).data;
      for (const [index, point] of chart.getDatasetMeta(0).data.entries())
        join(ctx, point, others[index]!, { colour: colours.muted, width: 1 });
    }
    ctx.restore();
  },
  afterDatasetsDraw(chart, _args, { lines = [], bars = [], names, dumbbells, colours }) {
    const { ctx } = chart;
    ctx.save();
    setFont(chart);
    drawLevels(chart, lines, colours);
    if (names) nameLines(chart);
    if (dumbbells) nameFirstRow(chart);
    labelBars(chart, bars, colours);
    ctx.restore();
  },
};

/** Levels across the plot, each with its label above its right end. */
function drawLevels(chart: Canvas, lines: NonNullable<Marks['lines']>, colours: Colours): void {
  const { ctx, chartArea: area, scales } = chart;
  const levels = lines.map(({ y }) => scales.y!.getPixelForValue(y));
  for (const [index, { from, colour }] of lines.entries()) {
    const [left, y] = [Math.max(area.left, scales.x!.getPixelForValue(from)), levels[index]!];
    join(ctx, { x: left, y }, { x: area.right, y }, { colour, width: 1.5, dash: [8, 3, 2, 3] });
  }
  const above = spread(
    levels.map((y) => y - 9),
    LINE,
    [area.top + 6, area.bottom],
  );
  for (const [index, { label, colour }] of lines.entries()) {
    const place = { x: area.right - 6, y: above[index]!, align: 'right' as const };
    write(ctx, label, { ...place, colour, halo: colours.panel });
  }
}

/** From the end of a line to its name. */
const LEADER = 20;

/** Each series' name beside the end of its line, which a leader in its own dash leads to. */
function nameLines(chart: Canvas): void {
  const { ctx, chartArea: area } = chart;
  const ends = chart.data.datasets.flatMap((dataset, index) => {
    const point = chart.getDatasetMeta(index).data.findLast(({ y }) => Number.isFinite(y));
    return point ? [{ dataset, x: point.x, y: point.y }] : [];
  });
  const rows = spread(
    ends.map(({ y }) => y),
    LINE,
    [area.top, area.bottom],
  );
  for (const [index, { dataset, ...end }] of ends.entries()) {
    const [y, colour] = [rows[index]!, String(dataset.borderColor)];
    const { borderDash = [] } = dataset as { borderDash?: number[] };
    join(ctx, end, { x: end.x + LEADER - 4, y }, { colour, width: 1, dash: borderDash });
    write(ctx, nameOf(dataset), { x: end.x + LEADER, y, colour });
  }
}

/** The names of two joined series above the first row of their points, each on the outer side of its own. */
function nameFirstRow(chart: Canvas): void {
  const { ctx, chartArea: area, width } = chart;
  const [left, right] = [0, 1]
    .map((index) => {
      const dataset = chart.data.datasets[index]!;
      const { x } = chart.getDatasetMeta(index).data[0]! as Element;
      return { text: nameOf(dataset), x, colour: String(dataset.borderColor) };
    })
    .sort((a, b) => a.x - b.x);
  const y = area.top - 9;
  const start = Math.min(right!.x - 6, width - ctx.measureText(right!.text).width);
  write(ctx, right!.text, { ...right!, x: start, y });
  write(ctx, left!.text, { ...left!, x: Math.min(left!.x + 6, start - 8), y, align: 'right' });
}

/** The longest text of each bar that has room in it; behind it where none has and it is the last of its row. */
function labelBars(chart: Canvas, bars: NonNullable<Marks['bars']>, colours: Colours): void {
  const { ctx, width } = chart;
  for (const [index, labels] of bars.entries()) {
    for (const [row, bar] of chart.getDatasetMeta(index).data.entries()) {
      const { texts, colour } = labels[row]!;
      const { base } = bar as unknown as { base: number };
      const fitting = (room: number) => texts.find((text) => ctx.measureText(text).width + 16 < room);
      const inside = fitting(bar.x - base);
      const isLast = bars.slice(index + 1).every((later) => later[row]!.texts.length === 0);
      const behind = isLast ? fitting(width - bar.x) : undefined;
      if (inside !== undefined) write(ctx, inside, { x: base + 8, y: bar.y, colour });
      else if (behind !== undefined) write(ctx, behind, { x: bar.x + 8, y: bar.y, colour: colours.text });
    }
  }
}

const MOST_LETTERS = 18;

/** What a series is called; a node may have any name. */
function nameOf({ label = '' }: ChartDataset): string {
  return label.length > MOST_LETTERS ? `${label.slice(0, MOST_LETTERS - 1)}…` : label;
}

function setFont({ ctx, options: { font } }: Canvas): void {
  ctx.font = `${font?.size ?? 12}px ${font?.family ?? 'sans-serif'}`;
}

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
  { x, y, colour, align = 'left', halo }: Point & { colour: string; align?: 'left' | 'right'; halo?: string },
): void {
  ctx.textAlign = align;
  ctx.textBaseline = 'middle';
  if (halo !== undefined) {
    // Lines pass behind it.
    ctx.strokeStyle = halo;
    ctx.lineWidth = 4;
    ctx.lineJoin = 'round';
    ctx.strokeText(text, x, y);
  }
  ctx.fillStyle = colour;
  ctx.fillText(text, x, y);
}
