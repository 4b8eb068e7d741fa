import { Gauge, type OpenMetricsContentType, Registry } from 'prom-client';
import { SIDES } from '../record/pure.js';
import type { Reporter } from './reporter.js';

/** Figures and verdicts as gauges, for Prometheus' node_exporter (textfile) or a push gateway. */
export const openmetrics: Reporter = {
  fileName: 'compare.prom',
  async render({ scorecard, pair }) {
    const registry = new Registry<OpenMetricsContentType>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    registry.setDefaultLabels({ workload: pair.split.plan.workload.name, policy: scorecard.policy });
    const gauge = (name: string, help: string, labelNames: string[] = []) =>
      new Gauge({ name: `splitbench_${name}`, help, labelNames, registers: [registry] });

    gauge('valid', 'Whether the comparison can be believed').set(scorecard.valid ? 1 : 0);
    gauge('pairs', 'Pairs of runs compared').set(scorecard.generatedFrom.pairs.length);
    const value = gauge('target_value', 'What was measured of a target', ['target', 'unit']);
    const bound = gauge('target_bound', 'What is wanted', ['target', 'unit']);
    const ends = gauge('target_interval', 'An end of the 95 % interval of a target', [
      'target',
      'unit',
      'end',
    ]);
    const verdict = gauge('target_verdict', 'The verdict on a target is 1', ['target', 'verdict']);
    const figure = gauge('figure', 'A figure of a side', ['figure', 'unit', 'side']);
    for (const row of scorecard.scorecard) {
      const labels = { target: row.id, unit: row.unit };
      verdict.set({ target: row.id, verdict: row.verdict }, 1);
      bound.set(labels, row.target.value);
      if (row.value !== null) value.set(labels, row.value);
      if (row.interval) {
        ends.set({ ...labels, end: 'low' }, row.interval.low);
        ends.set({ ...labels, end: 'high' }, row.interval.high);
      }
    }
    for (const key of scorecard.keyFigures) {
      for (const side of SIDES) {
        const measured = key[side];
        if (measured !== null) figure.set({ figure: key.id, unit: key.unit, side }, measured);
      }
    }
    if (scorecard.headroom) {
      const room = gauge('headroom_times', 'How many times the traffic a side carries by its CPU', ['side']);
      for (const side of SIDES) {
        const carried = scorecard.headroom[side];
        if (carried) room.set({ side }, carried.times);
      }
    }
    const failed = gauge('check_failed', 'Whether a check of the comparison fails', ['check']);
    for (const { id, state } of scorecard.checks) failed.set({ check: id }, state === 'fails' ? 1 : 0);
    return registry.metrics();
  },
};
