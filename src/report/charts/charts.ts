import type { Pair, ScoreRow } from '../../score/index.js';
import { analyticsCurveChart } from './analytics-curve.js';
import type { Chart, NoChart } from './chart.js';
import { lagChart } from './lag.js';
import { latencyChart } from './latency.js';
import { poolsChart } from './pools.js';
import { primaryCpuChart } from './primary-cpu.js';
import { readVolumeChart } from './read-volume.js';

/** Every chart of the report, in the order in which it answers a reader's questions. */
const CHARTS: ((pair: Pair, rows: readonly ScoreRow[]) => Chart | NoChart)[] = [
  primaryCpuChart,
  readVolumeChart,
  latencyChart,
  analyticsCurveChart,
  lagChart,
  poolsChart,
];

/**
 * All charts of a pair, those with nothing to draw last.
 * @param rows the scorecard's, for the targets that are drawn
 */
export function chartsOf(pair: Pair, rows: readonly ScoreRow[]): (Chart | NoChart)[] {
  const charts = CHARTS.map((chart) => chart(pair, rows));
  return [...charts.filter((chart) => 'config' in chart), ...charts.filter((chart) => 'reason' in chart)];
}
