import type { RunRecord } from '../run/record.js';
import { formatPercent } from '../units.js';
import { nodeOf } from './measures.js';

/** How far the measured load may be from the one that calibration aimed at. */
const LOAD_BAND = 0.05;
/** At this load a queue grows for as long as the run lasts, and latencies say how long that was. */
const OVERLOADED = 0.98;

/** What a calibrated baseline's load was and should have been; null if it was as planned, or nothing was calibrated. */
function missedLoad(baseline: RunRecord): { load: number; target: number } | null {
  const target = baseline.plan.load.targetLoad;
  const load = nodeOf(baseline, 'primary')?.utilisation;
  if (target === null || load === undefined || Math.abs(load - target) <= LOAD_BAND + 1e-9) return null;
  return { load, target };
}

/** Says plainly that a calibrated baseline was not as busy as its rate was chosen for; null if it was. */
export function loadNote(baseline: RunRecord): string | null {
  const missed = missedLoad(baseline);
  if (!missed) return null;
  const { load, target } = missed;
  const band = `${formatPercent((target - LOAD_BAND) * 100)} to ${formatPercent((target + LOAD_BAND) * 100)}`;
  return `The baseline’s primary ran at ${formatPercent(load * 100)} of its CPU budget, outside the ${band} that the rate was calibrated for. How much a replica speeds up analytics depends strongly on this load: run again before relying on that figure.`;
}

/** The same in a few words, for the headline; null likewise. */
export function loadAside(baseline: RunRecord): string | null {
  const missed = missedLoad(baseline);
  if (!missed) return null;
  const ran = `${formatPercent(missed.load * 100, 2)} of its budget instead of ${formatPercent(missed.target * 100, 2)}`;
  return missed.load >= OVERLOADED
    ? `The baseline was overloaded (${ran}), which flatters the split.`
    : `The baseline ran at ${ran}.`;
}
