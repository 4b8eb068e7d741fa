import { formatPercent, formatSpeedup } from '../machine/pure.js';
import { sidesAreEqual } from './measures.js';
import { STANDING_COSTS } from './regressions.js';
import type { Pair, Regression, ScoreRow, TargetId, ValidityCheck } from './scorecard.js';

/** What was found, in a few sentences made from the numbers. What makes it worthless, or worse, is never left out. */
export function headline(
  pairs: readonly Pair[],
  rows: ScoreRow[],
  checks: ValidityCheck[],
  regressions: Regression[],
): string {
  const equals = sidesAreEqual(pairs);
  const found = equals
    ? noise(rows, regressions)
    : [movedReads(rows), analytics(rows)].filter(Boolean).join('; ');
  const faults = checks.filter((check) => !check.ok).map((check) => check.found);
  if (faults.length > 0) {
    const kept = found ? ` What was measured, and proves nothing: ${lowerFirst(found, ['CPU'])}.` : '';
    return `Not comparable: ${faults.join('; ')}.${kept}`;
  }
  const what = `${found || 'Nothing could be measured'}.`;
  if (equals) return `Baseline against baseline. ${what}`;
  return [what, `${targets(rows)}.`, ...worse(regressions), ...strength(pairs, rows)].join(' ');
}

/** Of two equal setups: what differs between them is the noise of the machine, or a fault of the bench. */
function noise(rows: ScoreRow[], regressions: Regression[]): string {
  const tested = [...rows, ...regressions].filter(({ difference }) => difference !== null);
  if (tested.length === 0) return 'No figure could be tested for a difference';
  const different = tested.filter(({ difference }) => difference !== 'none found');
  if (different.length === 0) return `No difference found in ${tested.length} figures`;
  return `A difference found in ${different.length} of ${tested.length} figures: ${different.map(({ title }) => lowerFirst(title, ['CPU'])).join(', ')}`;
}

/** How much the intervals are worth. */
function strength(pairs: readonly Pair[], rows: ScoreRow[]): string[] {
  if (pairs.length > 1) return [`Over ${pairs.length} pairs of runs.`];
  return rows.some(({ interval }) => interval)
    ? ['From one pair of runs: its intervals, over time blocks, are weaker than those of trials.']
    : [];
}

function movedReads(rows: ScoreRow[]): string | null {
  const reads = figure(rows, 'primary-read-volume');
  const cpu = figure(rows, 'primary-cpu');
  const cpuMoved = cpu === null ? null : `CPU ${cpu >= 0 ? 'fell' : 'rose'} by ${short(cpu)}`;
  if (reads === null) return cpuMoved && `The primary’s ${cpuMoved}`;
  const readsMoved =
    reads >= 0.5
      ? `The replica took ${short(reads)} of the reads off the primary`
      : reads > -0.5
        ? 'The replica took no reads off the primary'
        : `The primary answered ${short(reads)} more reads with the replica than without`;
  return cpuMoved ? `${readsMoved} and its ${cpuMoved}` : readsMoved;
}

function analytics(rows: ScoreRow[]): string | null {
  const speedup =
    figure(rows, 'analytics-speedup') ??
    figure(rows, 'analytics-speedup-p50') ??
    figure(rows, 'analytics-speedup-p95');
  if (speedup === null || speedup <= 0) return null;
  // Within 5 % of each other is the same, for a sentence.
  if (speedup > 0.95 && speedup < 1.05) return 'reports answered as fast as before';
  return `reports answered ${formatSpeedup(speedup, 2)}`;
}

function targets(rows: ScoreRow[]): string {
  const named = (verdict: ScoreRow['verdict']) =>
    rows.filter((row) => row.verdict === verdict).map((row) => lowerFirst(row.title, ['CPU']));
  const missed = named('missed');
  const open = named('inconclusive');
  const unmeasured = named('not-measured');
  return [
    `${named('met').length} of ${rows.length} targets met`,
    ...(missed.length > 0 ? [`missed: ${missed.join(', ')}`] : []),
    ...(open.length > 0 ? [`inconclusive: ${open.join(', ')}`] : []),
    ...(unmeasured.length > 0 ? [`not measured: ${unmeasured.join(', ')}`] : []),
  ].join('; ');
}

/** What any replica costs by being there has its own place in the report; a sentence is for what went wrong. */
function worse(regressions: Regression[]): string[] {
  const wrong = regressions.filter(({ id, worse }) => worse && !STANDING_COSTS.includes(id));
  return wrong.length === 0
    ? []
    : [`Got worse: ${wrong.map(({ title }) => lowerFirst(title, ['CPU'])).join(', ')}.`];
}

function figure(rows: ScoreRow[], id: TargetId): number | null {
  return rows.find((row) => row.id === id)?.value ?? null;
}

function short(value: number): string {
  return formatPercent(Math.abs(value), 2);
}

function lowerFirst(text: string, except: string[] = []): string {
  return except.some((word) => text.startsWith(word)) ? text : text.charAt(0).toLowerCase() + text.slice(1);
}
