import type { FindingId, TargetId } from '../../score/index.js';
import type { ChartId } from '../charts/charts.js';
import { type Html, markup } from './markup.js';

/** The chart that shows what a row or a finding tells. */
const CHARTS: Record<TargetId | FindingId, ChartId> = {
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

/** A link to it; where nothing could be drawn, the reason stands there. */
export function chartLink(id: TargetId | FindingId, words: string | Html): Html {
  return markup`<a href="#${CHARTS[id]}-chart">${words}</a>`;
}
