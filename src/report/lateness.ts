import { formatCount, formatInUnit } from '../machine/pure.js';
import { percentileMs } from '../record/histogram.js';
import { LATE_CAUSES, type LateCause, type RunRecord } from '../record/pure.js';

/** Whose doing it was that events began late. */
const CAUSES: Record<LateCause, string> = {
  generator: 'because the generator was behind',
  connection: 'waited for one of the generator’s own connections',
  server: 'because the session’s previous answer was late',
};

/** How many events began late, and by whose doing. */
export function latenessInWords({ plan, load }: RunRecord): string {
  const { late, lateness } = load.window;
  const { count } = lateness;
  const { pooled } = plan.load;
  const causes = LATE_CAUSES.flatMap((cause) => {
    const histogram = late[cause];
    if (!histogram) return [];
    const p99 = formatInUnit(percentileMs(histogram, 0.99), 'ms');
    const isLimit = cause === 'connection' && pooled !== undefined;
    const why = isLimit ? `waited for a connection: the bench’s own limit of ${pooled}` : CAUSES[cause];
    return `${formatCount(histogram.count)} ${why} (p99 ${p99})`;
  });
  return causes.length === 0 ? 'none' : `of ${formatCount(count)}: ${causes.join(', ')}`;
}
