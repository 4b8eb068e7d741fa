import type { RunRecord } from '../run/record.js';
import { validityChecks } from './checks.js';
import { headline } from './headline.js';
import { loadAside, loadNote } from './load-note.js';
import { regressions } from './regressions.js';
import { COMPARE_SCHEMA, type Pair, type Scorecard, type ScoreRow, type ValidityCheck } from './scorecard.js';
import { staleReadsNote } from './stale-reads.js';
import { TARGETS } from './targets/index.js';
import { NO_BUDGET } from './targets/primary-cpu.js';
import type { Target } from './targets/target.js';

/**
 * Scores a pair of runs against the targets. Pure: the same records give the same scorecard, for ever.
 *
 * An invalid comparison keeps its values, and no verdict but that.
 */
export function score(pair: Pair): Scorecard {
  const { baseline, split } = pair;
  const checks = validityChecks(pair);
  const rows = Object.values(TARGETS).map((target) => rowOf(target, pair, checks));
  const worse = regressions(pair);
  return {
    schema: COMPARE_SCHEMA,
    generatedFrom: {
      baseline: baseline.id,
      split: split.id,
      planHash: { baseline: baseline.planHash, split: split.planHash },
    },
    policy: split.plan.policy.name,
    valid: checks.every((check) => check.ok),
    headline: [headline(rows, checks, worse), loadAside(baseline)].filter((part) => part !== null).join(' '),
    scorecard: rows,
    checks,
    regressions: worse,
    notes: notes(pair),
  };
}

function rowOf(target: Target, pair: Pair, checks: ValidityCheck[]): ScoreRow {
  const { id, title, unit, sideUnit, goal } = target;
  const row = { id, title, unit, sideUnit, target: goal, baseline: null, split: null };
  const measured = target.measure(pair);
  if (measured.value === null)
    return { ...row, value: null, verdict: 'not-measured', reason: measured.reason };
  const faults = checks.filter((check) => !check.ok).map((check) => check.found);
  if (faults.length > 0)
    return { ...row, ...measured, verdict: 'invalid', reason: `Not comparable: ${faults.join('; ')}.` };
  const met = goal.op === '>=' ? measured.value >= goal.value : measured.value < goal.value;
  return { ...row, ...measured, verdict: met ? 'met' : 'missed' };
}

function notes(pair: Pair): string[] {
  const { baseline, split } = pair;
  const found = [loadNote(baseline), staleReadsNote(pair)];
  return [
    ...found.filter((note) => note !== null),
    ...(split.plan.cluster.cpuMethod === 'none' ? [NO_BUDGET] : []),
    ...warnings(baseline, split),
  ];
}

function warnings(baseline: RunRecord, split: RunRecord): string[] {
  const both = baseline.warnings.filter((warning) => split.warnings.includes(warning));
  const only = (run: RunRecord, side: string) =>
    run.warnings.filter((warning) => !both.includes(warning)).map((warning) => `${side}: ${warning}`);
  return [...new Set([...both, ...only(baseline, 'Baseline'), ...only(split, 'Split')])];
}
