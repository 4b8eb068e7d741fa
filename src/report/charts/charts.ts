import type { Pair } from '../../score/index.js';
import { analyticsCurve } from './analytics-curve.js';
import type { Drawing, Found, Question } from './chart.js';
import { lag } from './lag.js';
import { latency } from './latency.js';
import { pools } from './pools.js';
import { primaryCpu } from './primary-cpu.js';
import { readVolume } from './read-volume.js';

/** Every chart of the report, in the order in which it answers a reader's questions. */
const CHARTS = {
  'primary-cpu': primaryCpu,
  'read-volume': readVolume,
  latency,
  'analytics-curve': analyticsCurve,
  lag,
  pools,
} satisfies Record<string, Question>;
export type ChartId = keyof typeof CHARTS;

export type Chart = Required<Drawing> & { id: string };

/** What stands in a chart's place where there is nothing to draw. */
export type NoChart = { id: string; title: string; reason: string };

/** The charts of a pair, and those for which there is nothing to draw. */
export type Charts = { drawn: Chart[]; absent: NoChart[] };

/** Of most charts, in CSS pixels. */
export const HEIGHT = 290;

/** All charts of a pair. */
export function chartsOf(pair: Pair, found: Found): Charts {
  const charts: Charts = { drawn: [], absent: [] };
  for (const [name, { title, answer }] of Object.entries<Question>(CHARTS)) {
    const id = name as ChartId;
    const chart = answer(pair, found);
    if ('reason' in chart) charts.absent.push({ id, title, reason: chart.reason });
    else charts.drawn.push({ id, height: HEIGHT, ...chart });
  }
  return charts;
}
