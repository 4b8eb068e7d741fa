import { formatPercent } from '../machine/pure.js';
import type { RunRecord } from '../record/pure.js';
import { isCaptured, nodeOf } from './measures.js';
import { numberOf, type Pair } from './scorecard.js';

/** How far the measured load may be from the one that calibration aimed at before it is said. */
const LOAD_BAND = 0.05;
/**
 * How far it may be before it invalidates: below it answers another question, above it flatters the split. The same rate cost 10 points more or less of the budget from one minute
 * to the next on a shared machine; 15 is more than the machine did.
 */
const LOAD_LIMIT = 0.15;
/**
 * From this load on a queue needs longer than a run to come to rest: latencies say how long the run was, and the split
 * is flattered without limit. It holds for a given rate too.
 */
const OVERLOADED = 0.97;
/**
 * A primary can also be held back by its budget in nearly every period and still leave some of it unused: a period in which
 * all of its processes wait for something else is not made up for. Throttled that often, it could do no more either.
 */
const ALWAYS_THROTTLED = 0.97;

/** Why a baseline's load makes its comparison worthless, in words; null if it doesn't. */
export function loadFault(baseline: RunRecord): string | null {
  const primary = nodeOf(baseline, 'primary');
  const load = primary?.utilisation;
  // A captured trace sets its own pace, and a machine without budgets has no load of one node.
  if (load === undefined || isCaptured(baseline) || baseline.plan.cluster.cpuMethod === 'none') return null;
  const target = baseline.plan.load.targetUtilisation;
  if (load > OVERLOADED)
    return `the baseline was overloaded: its primary ran at ${formatPercent(load * 100)} of its CPU budget, limit ${formatPercent(OVERLOADED * 100)}`;
  const { throttledPeriods, periods } = primary!;
  if (throttledPeriods !== null && periods !== null && throttledPeriods > ALWAYS_THROTTLED * periods)
    return `the baseline was overloaded: its budget held its primary back in ${formatPercent((throttledPeriods / periods) * 100)} of the periods, limit ${formatPercent(ALWAYS_THROTTLED * 100)}`;
  if (target !== null && Math.abs(load - target) > LOAD_LIMIT + 1e-9) {
    const limit = target + Math.sign(load - target) * LOAD_LIMIT;
    return `the baseline was not loaded as calibrated: its primary ran at ${formatPercent(load * 100)} of its CPU budget instead of ${formatPercent(target * 100)}, limit ${formatPercent(limit * 100)}`;
  }
  return null;
}

/** What a calibrated baseline's load was and should have been; null if it was as planned, or nothing was calibrated. */
function missedLoad(baseline: RunRecord): { load: number; target: number } | null {
  const target = baseline.plan.load.targetUtilisation;
  const load = nodeOf(baseline, 'primary')?.utilisation;
  if (target === null || load === undefined || Math.abs(load - target) <= LOAD_BAND + 1e-9) return null;
  return { load, target };
}

/** Says plainly that a calibrated baseline was not as busy as its rate was chosen for; null if it was. */
export function loadNote(baseline: RunRecord): string | null {
  const missed = missedLoad(baseline);
  if (!missed) return null;
  return `The baseline’s primary ran at ${formatPercent(missed.load * 100)} of its CPU budget, outside the ${bandOf(missed.target)} that the rate was calibrated for. ${WHY} run again before relying on that figure.`;
}

/** The same over the baselines of trials, in one sentence; null if all were as busy as they should. */
export function loadNoteOver(pairs: readonly Pair[]): string | null {
  const missed = pairs.flatMap((pair, index) => {
    const found = missedLoad(pair.baseline);
    return found ? [{ ...found, pair: numberOf(pair, index) }] : [];
  });
  const [first] = missed;
  if (!first) return null;
  const each = missed.map(({ load, pair }) => `${formatPercent(load * 100)} in pair ${pair}`);
  return `The baseline’s primary ran outside the ${bandOf(first.target)} of its CPU budget that the rate was calibrated for: at ${each.join(', ')}. ${WHY} its interval holds what that did.`;
}

const WHY = 'How much a replica speeds up analytics depends strongly on this load:';

function bandOf(target: number): string {
  return `${formatPercent((target - LOAD_BAND) * 100)} to ${formatPercent((target + LOAD_BAND) * 100)}`;
}

/** The same in a few words, for the headline; null likewise, and where it is said that the comparison is worthless. */
export function loadAside(baseline: RunRecord): string | null {
  const missed = missedLoad(baseline);
  if (!missed || loadFault(baseline)) return null;
  return `The baseline ran at ${formatPercent(missed.load * 100, 2)} of its budget instead of ${formatPercent(missed.target * 100, 2)}.`;
}
