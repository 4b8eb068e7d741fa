import { formatRatio } from '../machine/pure.js';
import { isCaptured, type PairSide, type RunRecord, samePlan } from '../record/pure.js';
import { validityChecks, whyInvalid } from './checks/judge.js';
import { compareFigures } from './comparison.js';
import { controlOf } from './control.js';
import { staleReadsNote } from './costs/stale-reads.js';
import { decisionOf } from './decision.js';
import type { Divergence } from './divergence/divergence.js';
import type { EqualTrials } from './equal-trials.js';
import { blockCount, type Figure } from './figures/figure.js';
import { findingsIn } from './findings-in.js';
import { headline } from './headline.js';
import { headroomOf } from './headroom.js';
import { keyFigures } from './key-figures.js';
import { atLoad, verdictAtLoad } from './load-gate.js';
import { lockWaitNote } from './lock-waits.js';
import { machineSpeedNote } from './machine-speed.js';
import { measureMore } from './measure-more.js';
import { otherMix } from './other-mix.js';
import { numberOf, type Pair, runsOf, sideOf, sidesAreEqual } from './pair.js';
import { COST_FIGURES, regressions } from './regressions.js';
import { rowOf } from './rows.js';
import { scenarioNotes } from './scenario.js';
import { COMPARE_SCHEMA, type ComparedId, type Scorecard, type ScoreRow } from './scorecard.js';
import { type Shortfall, shortfallsOf, unansweredInWords, verdictWhereShort } from './shortfalls.js';
import { LEAST_BLOCKS } from './statistics/blocks.js';
import { DEFAULT_TARGETS, type Goal, TARGETS } from './targets/index.js';
import { noBudgetNote } from './targets/primary-cpu.js';
import { utilisationNote } from './utilisation.js';
import { warmupNote } from './warmup.js';

export interface ScoreOptions {
  /** Default: DEFAULT_TARGETS. */
  targets?: readonly Goal[] | undefined;
  /**
   * A run of the same plan on a primary alone with the CPU of all nodes, for pairs that don't each have one of their own:
   * told, not scored.
   */
  control?: RunRecord | null | undefined;
  /** Where the answers of the sides differ, if they were noted. */
  divergence?: Divergence | null;
  /** Trials of equal runs on the same machine and at a like load: what a single pair doesn't say of the noise between runs. */
  equal?: EqualTrials | null;
  /** The command that measures more of the same, without the number of pairs. Default: `bench trials`. */
  again?: string | undefined;
  /** The command that makes the runs that trials lack. Default: `bench trials --resume`. */
  resume?: string | undefined;
}

/**
 * Scores one pair of runs, or the pairs of trials, against the targets. Pure: the same records give the same
 * scorecard, for ever.
 *
 * An invalid comparison keeps its values, and no verdict but that.
 * @param pairs at least one; a split may be a second baseline, for the noise between equals (A/A)
 * @throws RangeError without a pair
 */
export function score(
  pairs: readonly Pair[],
  { targets = DEFAULT_TARGETS, control = null, divergence = null, equal = null, again }: ScoreOptions = {},
): Scorecard {
  const checks = validityChecks(pairs, again);
  const scored = targets.map(({ metric }) => [metric, TARGETS[metric].figure] as const);
  const compared = compareFigures(new Map<ComparedId, Figure>([...scored, ...COST_FIGURES]), pairs, equal);
  const { controls, besides } = controlsOf(pairs, control);
  const otherWork = controls.flatMap((run, index) => samePlan(besides[index]!.baseline.plan, run.plan));
  const comparable = otherWork.length === 0 ? controls : [];
  const invalid = whyInvalid(pairs, checks);
  const shortfalls = shortfallsOf(pairs);
  const rows = targets.map((goal) => {
    const comparison = compared.get(goal.metric) ?? null;
    const made = rowOf(goal, { pairs, comparison, invalid, controls: comparable, equal });
    return inContext(made, pairs, shortfalls, again);
  });
  const worse = regressions(pairs, { compared, shortfalls, divergence });
  const headroom = sidesAreEqual(pairs) ? null : headroomOf(pairs, comparable, equal);
  const evidence = {
    invalid,
    checks,
    shortfalls,
    regressions: worse,
    headroom,
    controls: comparable,
    besides,
  };
  const parts = headline(pairs, { scorecard: rows, checks, regressions: worse, shortfalls }, invalid);
  return {
    schema: COMPARE_SCHEMA,
    generatedFrom: {
      pairs: pairs.map(({ baseline, split }) => ({
        baseline: baseline.id,
        split: split.id,
        planHash: { baseline: baseline.planHash, split: split.planHash },
      })),
    },
    plan: pairs[0]!.split.plan,
    policy: pairs[0]!.split.plan.policy.name,
    equalSides: sidesAreEqual(pairs),
    valid: invalid === null,
    headline: parts.map(({ sentence }) => sentence).join(' '),
    decision: decisionOf(pairs, { ...evidence, equal, again }),
    headroom,
    headlineParts: parts,
    scorecard: rows,
    checks,
    regressions: worse,
    findings: invalid === null ? findingsIn(pairs) : [],
    keyFigures: keyFigures(pairs, comparable),
    control: controls.length > 0 ? controlOf(controls, besides, otherWork, { equal, again }) : null,
    ...(divergence ? { divergence } : {}),
    notes: notes(pairs, rows, again),
  };
}

/** The runs on one primary with the CPU of all nodes, and the pairs that they stand beside. */
function controlsOf(pairs: readonly Pair[], one: RunRecord | null) {
  const controlled = pairs.filter((pair) => pair.control);
  return controlled.length > 0
    ? { controls: controlled.map((pair) => pair.control!), besides: controlled }
    : { controls: one ? [one] : [], besides: pairs };
}

/** A row as it reads beside the work that was not done and the load that was not kept, with what would decide it. */
function inContext(
  { telling, enough, ...row }: ReturnType<typeof rowOf>,
  pairs: readonly Pair[],
  shortfalls: readonly Shortfall[],
  again: string | undefined,
): ScoreRow {
  const unanswered = unansweredInWords(TARGETS[row.id].figure, pairs);
  const apart = verdictWhereMixed(row, pairs) ?? verdictWhereShort(row, pairs, shortfalls);
  const other = apart.reason === undefined ? verdictAtLoad(row, pairs, again) : apart;
  // What is inconclusive for another reason is not decided by more of the same.
  const decided = other.reason === undefined ? telling : undefined;
  const wanted = decided?.pairsNeeded.pairs != null ? { pairs: decided.pairsNeeded.pairs } : enough;
  return {
    ...row,
    ...(row.detail && { detail: row.detail + unanswered }),
    ...atLoad(row, pairs),
    ...(decided && { pairsNeeded: decided.pairsNeeded, reason: `${row.reason} ${decided.sentence}` }),
    ...(wanted && { command: measureMore(again, pairs, wanted) }),
    ...other,
    // Nor is there a difference from what is no basis for one.
    ...(other.verdict === 'invalid' && { difference: null, pValue: null }),
  };
}

/** Sides that came to do another mix of work are nothing to compare for each answer; null where they did not. */
function verdictWhereMixed(
  { id, kind, value, verdict }: ScoreRow,
  pairs: readonly Pair[],
): Pick<ScoreRow, 'verdict' | 'reason'> | null {
  if (kind === 'level' || value === null || verdict === 'invalid') return null;
  const mix = otherMix(TARGETS[id].figure, pairs);
  return mix === null ? null : { verdict: 'invalid', reason: `The sides did other work: ${mix}.` };
}

const EQUAL_SIDES =
  'Both sides are baselines: what is called the split here is the second of them, without a replica.';

function tooShort(run: RunRecord, command: string): string {
  const longer = isCaptured(run) ? 'trace' : '--duration';
  return `There are no intervals: the measured window has fewer than ${LEAST_BLOCKS} time blocks of 5 s. A longer ${longer}, or trials of several pairs, would give them: ${command}`;
}

function notes(pairs: readonly Pair[], rows: readonly ScoreRow[], again: string | undefined): string[] {
  const warmups = pairs.flatMap((pair, index) => {
    const of = pairs.length === 1 ? '' : ` of pair ${numberOf(pair, index)}`;
    return runsOf(pair).map(({ side, run }) => warmupNote(run, `${side}${of}`));
  });
  const short = blockCount(pairs[0]!.baseline) < LEAST_BLOCKS;
  return [
    ...(sidesAreEqual(pairs) ? [EQUAL_SIDES] : []),
    ...[
      utilisationNote(pairs),
      machineSpeedNote(pairs),
      ...warmups,
      staleReadsNote(pairs),
      lockWaitNote(pairs),
    ].filter((note) => note !== null),
    ...scenarioNotes(pairs),
    ...(pairs.length > 1
      ? []
      : rows.some(({ interval }) => interval)
        ? [wideningNote(rows, measureMore(again, pairs, { aa: true }))]
        : short
          ? [tooShort(pairs[0]!.baseline, measureMore(again, pairs, {}))]
          : []),
    ...[noBudgetNote(pairs[0]!.split.plan)].filter((note) => note !== null),
    ...warnings(pairs),
  ];
}

/** By how much the intervals of a single pair were widened, and where that is from, or the command that measures it. */
function wideningNote(rows: readonly ScoreRow[], command: string): string {
  const widened = rows.flatMap(({ title, interval }) =>
    interval?.widened ? [{ title, ...interval.widened }] : [],
  );
  const among = (some: typeof widened, source: string) =>
    some.length === 0
      ? ''
      : `${some.map(({ title, by }) => `${title} ${formatRatio(by)}`).join(', ')} (${source})`;
  const seen = widened.filter(({ from }) => from !== null);
  const amounts = [
    among(seen, `seen in ${seen[0]?.from}`),
    among(
      widened.filter(({ from }) => from === null),
      `assumed for this load${seen.length > 0 ? '' : `; "${command}" measures it`}`,
    ),
  ];
  return `Each interval is widened, up and down, by how much equal runs differ: ${amounts.filter(Boolean).join('; ')}.`;
}

/** What the runs had to say, each sentence once: as it is where both sides said it, else with the side's name. */
function warnings(pairs: readonly Pair[]): string[] {
  const of = (side: PairSide) => new Set(sideOf(pairs, side).flatMap((run) => run.warnings));
  const [baseline, split] = [of('baseline'), of('split')];
  return [
    ...[...baseline].filter((warning) => split.has(warning)),
    ...[...baseline].filter((warning) => !split.has(warning)).map((warning) => `Baseline: ${warning}`),
    ...[...split].filter((warning) => !baseline.has(warning)).map((warning) => `Split: ${warning}`),
  ];
}
