import { digitsBeside, formatBound, formatPercent, formatRatio } from '../machine/pure.js';
import { nodeOf, USUAL_LOAD } from '../record/pure.js';
import type { Figure } from './figures/figure.js';
import { measureMore, rateAnew, type Wanted, atLoad as wantedAtLoad } from './measure-more.js';
import { shareOf } from './measures.js';
import { type Pair, sideOf } from './pair.js';
import type { ScoreRow } from './scorecard.js';
import { geometricMean } from './statistics/estimate.js';
import { TARGETS } from './targets/index.js';

/**
 * How much a replica speeds up depends on how busy the primary was before: 1.2x at 70 % of its budget, 1.6x at 85 %, 2x at 90 %
 * and over 3x at 95 %, simulated on the default workload. So a target of speed is judged at the load that it was meant for.
 *
 * It is the load of all baselines together that is looked at. To leave out the pairs that are off, one by one, would flatter:
 * a baseline that happened to be busy is followed by a split of an ordinary minute.
 */
const LIMITS = {
  /** Points between the load that was aimed at and the median of the baselines. */
  off: 5,
  /** Percent of the budget from which on a point more or less changes the speed-up by over a tenth. */
  most: 95,
};

/** Median load of the baselines, in percent of the primary's CPU budget; null where it has none, or nobody counted. */
function loadOf(pairs: readonly Pair[]): number | null {
  const loads = sideOf(pairs, 'baseline').map((run) => {
    const primary = nodeOf(run, 'primary');
    return primary?.budget.cpus == null ? null : shareOf(primary, run);
  });
  const known = loads.filter((load) => load !== null).sort((a, b) => a - b);
  if (known.length < loads.length || known.length === 0) return null;
  const half = known.length / 2;
  return 50 * (known[Math.ceil(half) - 1]! + known[Math.floor(half)]!);
}

type Judged = Pick<ScoreRow, 'id' | 'kind' | 'value' | 'verdict' | 'reason' | 'target' | 'unit'>;

/** The load that a speed-up was measured at: it is no figure without. Nothing for other rows. */
export function atLoad({ kind }: Judged, pairs: readonly Pair[]): Pick<ScoreRow, 'atLoad'> {
  const load = kind === 'speedup' ? loadOf(pairs) : null;
  return load === null ? {} : { atLoad: load };
}

/**
 * A verdict on a speed-up becomes none where the load of the baselines lets it say nothing. Empty where it stands.
 * @param again as measureMore has it
 */
export function verdictAtLoad(
  row: Judged,
  pairs: readonly Pair[],
  again: string | undefined,
): Partial<Pick<ScoreRow, 'verdict' | 'reason' | 'command'>> {
  if (row.kind !== 'speedup' || row.verdict === 'invalid' || row.value === null) return {};
  const idle = whyIdle(row, pairs);
  if (idle !== null) return { verdict: 'too-idle', reason: idle, ...commandFor(busier(pairs)) };
  const off = whyOffItsAim(pairs);
  if (off === null) return {};
  const reason = row.verdict === 'inconclusive' ? `${row.reason} ${off}` : off;
  return { verdict: 'inconclusive', reason, ...commandFor(rateAnew(pairs)) };

  function commandFor(wanted: Wanted | null): Pick<ScoreRow, 'command'> {
    return wanted ? { command: measureMore(again, pairs, wanted) } : {};
  }
}

/** At the load that is usual, where a replica has waiting to take away. */
function busier(pairs: readonly Pair[]): Wanted | null {
  const load = loadOf(pairs);
  return load === null ? rateAnew(pairs) : wantedAtLoad(pairs, { used: load / 100, aim: USUAL_LOAD });
}

/** A replica takes away the waiting. Where there was too little of it, no replica could have met the target. */
function whyIdle({ id, target, unit }: Judged, pairs: readonly Pair[]): string | null {
  const gain = possibleGain(TARGETS[id].figure, pairs);
  if (gain === null || gain >= target.value) return null;
  const load = loadOf(pairs);
  const at = load === null ? '' : ` (${formatPercent(load)} of its budget)`;
  return `Too idle to tell: if nothing had waited in the baseline${at}, it would have been only ${formatRatio(gain, digitsBeside(target.value, gain))} as fast; the target is ${formatBound(target.value, unit)}.`;
}

/** A rate that was given is judged at whatever load it makes; one that was found, at the load that it was found for. */
function whyOffItsAim(pairs: readonly Pair[]): string | null {
  const load = loadOf(pairs);
  const aim = pairs[0]!.baseline.plan.load.targetUtilisation;
  if (load === null || aim === null) return null;
  const off = loadsDiffer(load, aim * 100);
  if (!off && load <= LIMITS.most + ROUNDING) return null;
  const most = off
    ? ''
    : `, and over ${formatPercent(LIMITS.most)} a little more load changes the speed a lot`;
  return `Measured at ${formatPercent(load)} of the budget, aimed at ${formatPercent(aim * 100)}${most}: find the rate again.`;
}

/** Whether loads, in percent of the budget, are so far apart that a speed-up at one says nothing of the other. */
export function loadsDiffer(one: number, other: number): boolean {
  return Math.abs(one - other) > LIMITS.off + ROUNDING;
}

const ROUNDING = 1e-9;

/** How many times as fast the baselines could have been at most, if nothing had ever waited; null where unknown. */
function possibleGain(figure: Figure, pairs: readonly Pair[]): number | null {
  const gains = sideOf(pairs, 'baseline').map((run) => {
    const [before, rest] = [figure.of(run), figure.atRest?.(run) ?? null];
    return before && rest ? before / rest : null;
  });
  const known = gains.filter((gain) => gain !== null);
  return known.length < gains.length ? null : geometricMean(known);
}
