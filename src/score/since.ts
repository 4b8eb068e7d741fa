import { formatPercent } from '../machine/pure.js';
import type { Interval } from './interval.js';
import { loadsDiffer } from './load-gate.js';
import type { Scorecard, ScoreRow, Since } from './scorecard.js';
import { TARGETS, type TargetId } from './targets/index.js';
import { logNeeded } from './targets/target.js';

/** What of an earlier comparison is looked at. */
export interface Earlier extends Pick<Scorecard, 'valid'> {
  scorecard: Pick<ScoreRow, 'id' | 'kind' | 'value' | 'interval' | 'verdict' | 'atLoad'>[];
}

/**
 * Compares the targets that both have. Worse is what all of the interval of the ratio says is so, by more than matters: its half
 * width is the root of the sum of the squares of those of the two comparisons, in logarithms, since they were measured apart.
 */
export function since(earlier: Earlier, now: Pick<Scorecard, 'valid' | 'scorecard'>): Since[] {
  return now.scorecard.map((row) => {
    const before = earlier.scorecard.find(({ id }) => id === row.id);
    const { id, title } = row;
    const reason =
      before === undefined
        ? 'It was no target then.'
        : !earlier.valid || before.verdict === 'invalid'
          ? 'What was measured then is not valid.'
          : !now.valid || row.verdict === 'invalid'
            ? 'What is measured now is not valid.'
            : row.kind === 'level'
              ? 'A level depends on the machine: its target is what judges it.'
              : otherLoad(before, row);
    const ratio = reason === null ? ratioOf(before!, row) : null;
    if (ratio === null)
      return {
        id,
        title,
        ratio: null,
        interval: null,
        change: 'not-compared',
        reason: reason ?? NO_INTERVAL,
      };
    return { id, title, ...ratio, change: changeOf(id, ratio.interval) };
  });
}

/** How much a replica speeds up depends on the load more than on anything else: at another one it is another question. */
function otherLoad({ atLoad: then }: Earlier['scorecard'][number], { atLoad: now }: ScoreRow): string | null {
  if (then === undefined || now === undefined || !loadsDiffer(now, then)) return null;
  return `It was measured at ${formatPercent(then)} load then, and at ${formatPercent(now)} now: a speed-up depends on that.`;
}

const NO_INTERVAL = 'One of the two has no interval, so nothing says how far they could be apart by chance.';

function changeOf(id: TargetId, { low, high }: { low: number; high: number }): Since['change'] {
  const { leastRelevant } = TARGETS[id].figure;
  if (low > leastRelevant) return 'worse';
  return high < 1 / leastRelevant ? 'better' : 'none-found';
}

function ratioOf(before: Earlier['scorecard'][number], now: ScoreRow) {
  const [then, later] = [neededBy(before), neededBy(now)];
  if (!then || !later) return null;
  const middle = later.at - then.at;
  const reach = (side: 'low' | 'high') => {
    const other = side === 'low' ? 'high' : 'low';
    return Math.hypot(later[side] - later.at, then[other] - then.at);
  };
  return {
    ratio: Math.exp(middle),
    interval: { low: Math.exp(middle - reach('low')), high: Math.exp(middle + reach('high')) },
  };
}

/** What a split needs of what its baseline does, as a logarithm, with the ends of its interval; null without one. */
function neededBy({
  kind,
  value,
  interval,
}: {
  kind: ScoreRow['kind'];
  value: number | null;
  interval: Interval | null;
}) {
  if (value === null || interval === null) return null;
  const of = (at: number) => logNeeded(kind, at);
  const needed = { at: of(value), low: of(interval.high), high: of(interval.low) };
  return Object.values(needed).every(Number.isFinite) ? needed : null;
}
