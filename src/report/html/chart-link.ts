import type { Finding, ScoreRow } from '../../score/index.js';
import type { ChartId } from '../charts/charts.js';
import { type Html, markup } from './markup.js';

/** The chart that shows what a row or a finding tells, where there is one. */
const CHARTS: Partial<Record<ScoreRow['id'] | Finding['id'], ChartId>> = {
  'primary-read-volume': 'read-volume',
  'primary-cpu': 'primary-cpu',
  'analytics-speedup': 'analytics-curve',
  'analytics-speedup-p50': 'analytics-curve',
  'analytics-speedup-p95': 'analytics-curve',
  'replica-lag': 'lag',
  'pool-utilisation': 'pools',
  'primary-load': 'primary-cpu',
  'kept-reads': 'read-volume',
  'policy-share': 'primary-cpu',
  lag: 'lag',
  'pool-sizes': 'pools',
};

/** The words, as a link to it. Where nothing could be drawn, the reason stands there. */
export function chartLink({ id }: Pick<ScoreRow | Finding, 'id'>, words: string): Html {
  const chart = CHARTS[id];
  return chart === undefined ? markup`${words}` : markup`<a href="#${chart}-chart">${words}</a>`;
}
