import {
  digitsBeside,
  formatBoth,
  formatBound,
  formatInUnit,
  formatNumber,
  formatPercent,
  formatRatio,
  formatReduction,
  formatSpeedup,
} from '../machine/pure.js';
import type { Plan } from '../record/pure.js';
import type {
  CheckState,
  Closing,
  Drift,
  Failure,
  Interval,
  Regression,
  Scorecard,
  ScoreRow,
  Since,
  StatementShare,
  ValidityCheck,
  Verdict,
} from '../score/index.js';
import { closingOf, exitCodeOf, LEAST_FOR_DRIFT, replicasOf } from '../score/index.js';

/** What a code is called, with a shape and a colour: none is told by its colour alone. */
export interface Badge {
  word: string;
  shape: string;
  /** Its style in page.css. */
  style: 'met' | 'missed' | 'invalid' | 'other';
  /** Its colour in a terminal. */
  colour: 'green' | 'red' | 'yellow' | 'magenta' | 'gray';
}

export const VERDICTS: Record<Verdict, Badge> = {
  met: { word: 'met', shape: '●', style: 'met', colour: 'green' },
  missed: { word: 'missed', shape: '▲', style: 'missed', colour: 'red' },
  inconclusive: { word: 'inconclusive', shape: '◐', style: 'other', colour: 'yellow' },
  'too-idle': { word: 'too idle to tell', shape: '◐', style: 'other', colour: 'yellow' },
  'too-little': { word: 'too little to tell', shape: '○', style: 'other', colour: 'yellow' },
  invalid: { word: 'invalid', shape: '◆', style: 'invalid', colour: 'magenta' },
  'not-measured': { word: 'not measured', shape: '○', style: 'other', colour: 'gray' },
};

export const CHECK_STATES: Record<CheckState, Badge> = {
  holds: { word: 'holds', shape: '●', style: 'met', colour: 'green' },
  fails: { word: 'fails', shape: '▲', style: 'missed', colour: 'red' },
  result: { word: 'a result', shape: '▲', style: 'missed', colour: 'red' },
  'not-judged': { word: 'not judged', shape: '○', style: 'other', colour: 'gray' },
};

/** What to do about a check that fails, behind what it found: a sentence, and the command that measures again then. */
export function cureInWords({ cure, command }: Pick<ValidityCheck, 'cure' | 'command'>): string {
  return [cure, command].flatMap((words) => (words ? [` ${words}`] : [])).join('');
}

/** A row's value in words: `44.9 % less`, `2.34x as fast`, `1.42 ms`. */
export function valueInWords(row: ScoreRow): string {
  const { value, verdict, target } = row;
  return value === null ? VERDICTS[verdict].word : valueOfKind(row, value, digitsBeside(target.value, value));
}

export function valueOfKind(
  { kind, unit }: Pick<ScoreRow, 'kind' | 'unit'>,
  value: number,
  digits?: number,
): string {
  if (kind === 'reduction') return formatReduction(value, digits);
  return kind === 'speedup' ? formatSpeedup(value, digits) : formatInUnit(value, unit, digits);
}

/** The load that a row was measured at, behind its value: ` at 91 % load`; empty where it has none. */
export function loadInWords({ value, atLoad }: ScoreRow): string {
  return value === null || atLoad === undefined ? '' : ` at ${formatPercent(atLoad, 2)} load`;
}

/** A row's interval in words: `46.6 to 57.9 % less`, `1.94x to 8.13x`, `0.9 to 1.6 ms`; empty where there is none. */
export function intervalInWords(row: ScoreRow): string {
  const { kind, interval, unit, target } = row;
  if (!interval) return '';
  const { low, high } = interval;
  const [atLow, atHigh] = [digitsBeside(target.value, low), digitsBeside(target.value, high)];
  if (kind === 'reduction') {
    if (low >= 0) return `${formatNumber(low, atLow)} to ${formatPercent(high, atHigh)} less`;
    if (high <= 0) return `${formatNumber(-high)} to ${formatPercent(-low)} more`;
    return `${formatPercent(-low)} more to ${formatPercent(high, atHigh)} less`;
  }
  return kind === 'speedup'
    ? `${formatRatio(low, atLow)} to ${formatRatio(high, atHigh)}`
    : `${formatNumber(low, atLow)} to ${formatInUnit(high, unit, atHigh)}`;
}

/** A row's value with its interval: `2.34x as fast (0.943x to 5.83x)`. */
export function changeInWords(row: ScoreRow): string {
  const interval = intervalInWords(row);
  return `${valueInWords(row)}${interval && ` (${interval})`}`;
}

/** Behind what was measured on both sides: whether they differ at all, where chance may explain it. */
export function differenceInWords(row: ScoreRow | undefined): string {
  return row?.difference === 'none-found' ? ', no difference found' : '';
}

/** What the intervals of a scorecard are made from, in words; empty where there are none. */
export function intervalsInWords(rows: readonly ScoreRow[]): string {
  const intervals = rows.flatMap(({ interval }) => interval ?? []);
  const [first] = intervals;
  if (!first) return '';
  const methods = new Map(intervals.map((each) => [each.method, METHODS[each.method](each.n)]));
  return `${formatPercent(first.level * 100)} intervals ${[...methods.values()].join('; ')}`;
}

const METHODS: Record<Interval['method'], (n: number) => string> = {
  t: (n) => `over ${n} pairs of runs, by Student’s t`,
  'log-normal': (n) => `of lag and pools over ${n} pairs of runs, as means of log-normal values`,
  ancova: (n) => `over ${n} pairs of runs, by Student’s t, at equal speed of the machine`,
  bca: (n) => `over ${n} pairs of runs, by a BCa bootstrap`,
  blocks: (n) => `over the ${n} time blocks of a single pair`,
};

/** Of a row that is told at equal speed of the machine, what was measured; empty of any other. */
export function measuredInWords(row: ScoreRow): string {
  if (!row.machineSpeed?.used) return '';
  const measured = { ...row, ...row.machineSpeed.measured };
  return `at equal speed of the machine; as measured ${valueInWords(measured)} (${intervalInWords(measured)})`;
}

/** The words for readers who meet it. */
export const INCONCLUSIVE = 'Inconclusive: the figure may be on either side of the target.';

export const NO_DIFFERENCE =
  'No difference found: nothing beyond what chance explains when so many figures are tested.';

/** How a target moved since an earlier comparison: `Speed of analytics: no difference found (0.98x, 0.8x to 1.2x)`. */
export function sinceInWords({ title, ratio, interval, change, reason }: Since): string {
  if (ratio === null || interval === null) return `${title}: not compared. ${reason}`;
  const range = `the split needs ${formatRatio(ratio)} of what it did, ${formatRatio(interval.low)} to ${formatRatio(interval.high)}`;
  return `${title}: ${CHANGES[change]} (${range}).`;
}

const CHANGES: Record<Since['change'], string> = {
  worse: 'worse',
  better: 'better',
  'none-found': 'no difference found',
  'not-compared': 'not compared',
};

/** What the command ends with, and why; empty where the gate lets it pass. */
export function gateInWords(scorecard: Scorecard, failOn?: readonly Failure[]): string {
  const closing = closingOf(scorecard, failOn);
  if (closing.length === 0) return '';
  const words = closing.map((each) => (scorecard.equalSides && OF_EQUAL_SIDES[each]) || CLOSINGS[each]);
  return `Exit code ${exitCodeOf(scorecard, failOn)}: ${words.join('; ')}.`;
}

const CLOSINGS: Record<Closing, string> = {
  worse: 'a target got worse since the earlier comparison',
  missed: 'a target is missed',
  inconclusive: 'a target is undecided, or none was measured',
  untold: 'no target could be compared with the earlier comparison',
  invalid: 'the comparison, or a row of it, is not valid',
};

const OF_EQUAL_SIDES: Partial<Record<Closing, string>> = {
  missed: 'equal runs differ',
  inconclusive: 'no figure could be tested for a difference',
};

/** Over what any replica costs by being there. */
export function costsTitle(plan: Plan): string {
  const { the, several } = replicasOf({ plan });
  return `What ${the} ${several ? 'cost' : 'costs'}`;
}

/** What any replica costs by being there, as far as it could be told. */
export function costsIn(regressions: readonly Regression[]): Regression[] {
  return regressions.filter(({ standing, untold }) => standing && untold === undefined);
}

/** How many figures that may have got worse could not be told; empty if all could. */
export function notJudgedInWords(regressions: readonly Regression[]): string {
  const count = regressions.filter(({ untold }) => untold !== undefined).length;
  if (count === 0) return '';
  return `${count === 1 ? '1 figure is' : `${count} figures are`} not judged: too few data.`;
}

/** `Most execution time: order.place (31 %); menu (14 %).` */
export function statementsInWords(statements: readonly StatementShare[]): string {
  const each = statements.map((one) => `${one.name ?? one.text} (${formatPercent(one.percent, 2)})`);
  return `Most execution time: ${each.join('; ')}.`;
}

/** `2026-11-24 18:03 UTC`, of a time as records have it. */
export function momentInWords(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

/** A row's target in words: `at least 40 % less`, `2x or more`, `under 100 ms`. */
export function targetInWords({ kind, target, unit }: ScoreRow): string {
  const bound = formatBound(target.value, unit);
  if (target.op === '<') return `under ${bound}`;
  return kind === 'reduction' ? `at least ${bound} less` : `${bound} or more`;
}

/** What was measured on either side, each with its unit, or with one behind both; null where neither has such a thing. */
export function sidesOf({ baseline, split, sideUnit }: ScoreRow): ReturnType<typeof formatBoth> | null {
  return baseline === null && split === null ? null : formatBoth(baseline, split, sideUnit);
}

/** `89.0 % → 33.6 %`; empty where neither side has such a thing. */
export function sidesInWords(row: ScoreRow): string {
  const sides = sidesOf(row);
  return sides ? `${sides.before} → ${sides.after} ${sides.words}`.trimEnd() : '';
}

/** Whether a target drifts over many comparisons, in a few words. */
export function driftFound({ drift, usable }: Drift): string {
  if (drift === 'too-few')
    return `${usable} of the ${LEAST_FOR_DRIFT} values that it takes to look for a drift`;
  if (drift === 'none-found') return 'no drift found';
  return `drifts, for the ${drift}`;
}

/** The same in a sentence, with its size and how sure it is. */
export function driftInWords(drift: Drift): string {
  const { title, rise, pValue } = drift;
  if (rise === null || pValue === null) return `${title}: ${driftFound(drift)}.`;
  const p = pValue < 0.001 ? 'p < 0.001' : `p = ${pValue.toFixed(3)}`;
  return `${title}: ${driftFound(drift)}; from first to last the split needs ${formatRatio(rise)} of what it did (Mann-Kendall, ${p}; Theil-Sen).`;
}
