import type { RunRecord } from '../run/record.js';
import { formatPercent } from '../units.js';
import { nodeOf } from './measures.js';

/** How far the measured load may be from the one that calibration aimed at. */
const LOAD_BAND = 0.05;

/** Says plainly that a calibrated baseline was not as busy as its rate was chosen for; null if it was. */
export function loadNote(baseline: RunRecord): string | null {
  const { targetLoad } = baseline.plan.load;
  const load = nodeOf(baseline, 'primary')?.utilisation;
  if (targetLoad === null || load === undefined || Math.abs(load - targetLoad) <= LOAD_BAND + 1e-9)
    return null;
  const band = `${formatPercent((targetLoad - LOAD_BAND) * 100)} to ${formatPercent((targetLoad + LOAD_BAND) * 100)}`;
  return `The baseline’s primary ran at ${formatPercent(load * 100)} of its CPU budget, outside the ${band} that the rate was calibrated for. How much a replica speeds up analytics depends strongly on this load: run again before relying on that figure.`;
}
