import type { Pair, ScoreRow } from '../../score/index.js';
import { analyticsCurve } from './analytics-curve.js';
import type { Chart, NoChart, Question } from './chart.js';
import { lag } from './lag.js';
import { latency } from './latency.js';
import { pools } from './pools.js';
import { primaryCpu } from './primary-cpu.js';
import { readVolume } from './read-volume.js';

/** Every chart of the report, in the order in which it answers a reader's questions. */
const CHARTS: readonly Question[] = [primaryCpu, readVolume, latency, analyticsCurve, lag, pools];

/** Of most charts, in CSS pixels. */
const HEIGHT = 290;

/** All charts of a pair, and those for which there is nothing to draw. */
export function chartsOf(pair: Pair, rows: readonly ScoreRow[]): { drawn: Chart[]; absent: NoChart[] } {
  const drawn: Chart[] = [];
  const absent: NoChart[] = [];
  for (const { id, title, answer } of CHARTS) {
    const chart = answer(pair, rows);
    if ('reason' in chart) absent.push({ id, title, reason: chart.reason });
    else drawn.push({ id, height: HEIGHT, ...chart });
  }
  return { drawn, absent };
}
