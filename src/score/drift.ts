import { isApart } from './figures/figure.js';
import type { ScoreRow } from './scorecard.js';
import type { Earlier } from './since.js';
import { correctTogether } from './statistics/holm.js';
import { trendOf } from './statistics/trend.js';
import { TARGETS, type TargetId } from './targets/index.js';
import { logNeeded } from './targets/target.js';

/** Of fewer comparisons no order is rare enough for 5 % once five targets are tested together (Holm): of five p is 0.027 at best. */
export const LEAST_FOR_DRIFT = 6;

/** A target over many comparisons, in the order of their time. */
export interface Drift extends Pick<ScoreRow, 'title' | 'unit'> {
  id: TargetId;
  kind: Earlier['scorecard'][number]['kind'];
  /** In the unit of its row; null where it was not measured, or the comparison was not valid. */
  values: (number | null)[];
  /** How many of them have a logarithm, which is what a drift is looked for in: of what is all gone there is none. */
  usable: number;
  /** By how much what the split needs has grown from the first to the last, as a factor; null with too few values. */
  rise: number | null;
  /** How likely so much order would be by chance, corrected for the number of targets (Holm); null likewise. */
  pValue: number | null;
  /** Whether it got worse or better over all of them, more than chance makes and by as much as matters. */
  drift: 'worse' | 'better' | 'none-found' | 'too-few';
}

/**
 * Whether targets drift over many comparisons: Mann-Kendall on what the split needs (reads and CPU left, time, level), its size by
 * the median of all slopes (see trendOf).
 * @param comparisons in the order of their time
 */
export function driftsOver(comparisons: readonly Earlier[]): Drift[] {
  const ids = new Set(comparisons.flatMap(({ scorecard }) => scorecard.map(({ id }) => id)));
  const found = [...ids].map((id) => driftOf(id, comparisons));
  correctTogether(found);
  return found.map((each) => ({ ...each, drift: judged(each) }));
}

function driftOf(id: TargetId, comparisons: readonly Earlier[]): Omit<Drift, 'drift'> {
  const rows = comparisons.map(({ valid, scorecard }) =>
    valid ? scorecard.find((row) => row.id === id) : undefined,
  );
  const kind = comparisons.flatMap(({ scorecard }) => scorecard.filter((row) => row.id === id))[0]!.kind;
  const values = rows.map((row) => row?.value ?? null);
  const needed = values
    .map((value) => (value === null ? Number.NaN : logNeeded(kind, value)))
    .filter(Number.isFinite);
  const trend = needed.length < LEAST_FOR_DRIFT ? null : trendOf(needed);
  return {
    ...{ id, title: TARGETS[id].title, unit: TARGETS[id].unit, kind, values, usable: needed.length },
    rise: trend && Math.exp(trend.rise),
    pValue: trend?.p ?? null,
  };
}

function judged({ id, rise, pValue }: Omit<Drift, 'drift'>): Drift['drift'] {
  if (rise === null || pValue === null) return 'too-few';
  if (!isApart(TARGETS[id].figure, rise, pValue)) return 'none-found';
  return rise > 1 ? 'worse' : 'better';
}
