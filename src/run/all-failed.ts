import { BenchError, formatCount, formatPercent, sumOf } from '../machine/pure.js';
import {
  isCaptured,
  LOST_NAMES_ADVICE,
  mostlyLostNames,
  type RunRecord,
  type StoredRun,
} from '../record/pure.js';

/** Share of the answered statements: a capture with so many errors of its own is none. */
const NEARLY_ALL = 0.95;
const TOLD = 3;

/**
 * Refuses a replay in which hardly a statement did what it had done when it was captured: its figures are those of errors.
 * Its record is written by then.
 * @throws BenchError ALL_FAILED (exit code 4) with the commonest errors
 */
export function refuseAllFailed({ record, file }: StoredRun): void {
  const { accounting, load } = record;
  const errors = load.errors.filter(({ compared }) => compared !== 'same');
  const failed = sumOf(errors, ({ count }) => count);
  const answered = accounting.ok + accounting.failed;
  if (!isCaptured(record) || failed === 0 || failed < NEARLY_ALL * answered) return;
  const advice = mostlyLostNames(errors)
    ? LOST_NAMES_ADVICE
    : 'The snapshot may not be of the moment at which the log begins.';
  throw new BenchError(
    'ALL_FAILED',
    `${formatCount(failed)} of ${formatCount(answered)} statements failed (${formatPercent((100 * failed) / answered)}): ${commonest(errors)}. ${advice} What was measured is in ${file}.`,
    { exitCode: 4 },
  );
}

/** By code, each with the statement that met it most often. */
function commonest(errors: RunRecord['load']['errors']): string {
  const byCode = new Map<string, { count: number; most: number; operation: string }>();
  for (const { code, operation, count } of errors) {
    const known = byCode.get(code);
    if (!known) byCode.set(code, { count, most: count, operation });
    else {
      known.count += count;
      if (count > known.most) Object.assign(known, { most: count, operation });
    }
  }
  return [...byCode]
    .sort(([, a], [, b]) => b.count - a.count)
    .slice(0, TOLD)
    .map(([code, { count, operation }]) => `${code} (${formatCount(count)}), as in "${operation}"`)
    .join('; ');
}
