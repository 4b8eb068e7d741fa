import { formatPercent } from '../machine/pure.js';
import { nodeOf, type RunRecord } from '../record/pure.js';
import { baselineUtilisation } from './checks/baseline-utilisation.js';
import { faultOf } from './checks/judge.js';
import { numberOf, type Pair } from './pair.js';
import type { HeadlinePart } from './scorecard.js';

/** How far a baseline's utilisation may be from the one that its rate was found for before it is said. */
const BAND = 0.05;

/** What a baseline's utilisation was and should have been; null if it was as planned, or its rate was given. */
function missedUtilisation(baseline: RunRecord): { utilisation: number; planned: number } | null {
  const planned = baseline.plan.load.targetUtilisation;
  const utilisation = nodeOf(baseline, 'primary')?.utilisation ?? null;
  if (planned === null || utilisation === null) return null;
  return Math.abs(utilisation - planned) <= BAND + 1e-9 ? null : { utilisation, planned };
}

/** Why nothing can be compared with a baseline that was as busy as this one, in words; null if something can. */
function utilisationFault(run: RunRecord): string | null {
  return faultOf(baselineUtilisation, [{ side: 'baseline', run }]);
}

/** Says plainly which baselines were not as busy as their rate was found for; null if all were. */
export function utilisationNote(pairs: readonly Omit<Pair, 'split'>[]): string | null {
  const missed = pairs.flatMap((pair, index) => {
    const found = missedUtilisation(pair.baseline);
    return found ? [{ ...found, pair: numberOf(pair, index) }] : [];
  });
  const [first] = missed;
  if (!first) return null;
  const band = `${percent(first.planned - BAND)} to ${percent(first.planned + BAND)}`;
  const why = 'How much a replica speeds up analytics depends strongly on how busy the primary is:';
  if (pairs.length === 1)
    return `The baseline’s primary ran at ${percent(first.utilisation)} of its CPU budget, outside the ${band} that its rate was found for. ${why} find the rate again (--rate auto) before relying on that figure.`;
  const each = missed.map(({ utilisation, pair }) => `${percent(utilisation)} in pair ${pair}`);
  return `The baseline’s primary ran outside the ${band} of its CPU budget that its rate was found for: at ${each.join(', ')}. ${why} its interval includes that effect.`;
}

/** The same in a few words, for the headline; none likewise, and where it is said that the comparison is worthless. */
export function utilisationPart(baseline: RunRecord): HeadlinePart[] {
  const missed = missedUtilisation(baseline);
  if (!missed || utilisationFault(baseline)) return [];
  const { utilisation, planned } = missed;
  const sentence = `The baseline ran at ${percent(utilisation, 2)} of its budget instead of ${percent(planned, 2)}.`;
  const [title, value] = ['Utilisation of the baseline’s primary', utilisation * 100];
  return [{ kind: 'utilisation', sentence, figures: [{ title, value, unit: 'percent', limit: null }] }];
}

function percent(share: number, digits?: number): string {
  return formatPercent(share * 100, digits);
}
