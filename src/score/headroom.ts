import { formatPercent, formatRatio } from '../machine/pure.js';
import { hasOwnPace, type NodeName, type NodeObservation, type RunRecord } from '../record/pure.js';
import { levelOf } from './comparison.js';
import type { EqualTrials } from './equal-trials.js';
import { coresOver, LEAST_RELEVANT_CPU } from './figures/cpu.js';
import type { Figure } from './figures/figure.js';
import { busyEnough } from './figures/floors.js';
import { noiseOfCost } from './figures/noise.js';
import { type Interval, reciprocal } from './interval.js';
import { budgetsHere, shareOf } from './measures.js';
import { type Pair, sideOf } from './pair.js';
import { type ReplicasInWords, replicasOf } from './replicas.js';

/**
 * How much of this traffic each side carries before one of its servers is full: how many times as much as was measured, if
 * each request goes on costing the CPU that it did (utilisation law: Denning and Buzen, "The operational analysis of queueing
 * network models", 1978). Of a split the replica may be full first.
 */
export interface Headroom {
  /** The share of its CPU budget at which a server is called full, in percent. */
  fullPercent: number;
  baseline: HeadroomOfSide;
  split: HeadroomOfSide;
  /** Null without a control of the same work. */
  control: HeadroomOfSide | null;
  /** What the baseline certainly carries until a server is at 90 %, whatever load was aimed at; null without an interval. */
  baselineAtLeast: number | null;
  sentence: string;
}

export interface HeadroomOfSide {
  /** Times the traffic that was measured. */
  times: number;
  interval: Interval | null;
  /** The name of the server that is full first. */
  fullFirst: NodeName;
}

/** Where no load was aimed at: beyond this a queue takes over. */
const FULL = 0.9;

/** CPU of the busiest server, in percent of its budget: the one that is full first. */
export const fullest: Figure = {
  of: (run) => {
    // Where the budgets are more than there is, the machine is full before any of its servers.
    if (budgetsHere(run.plan) > run.plan.machine.cores) return null;
    const shares = run.nodes.map((node) => (node.budget.cpus === null ? null : shareOf(node, run)));
    const known = shares.filter((share) => share !== null);
    return known.length === 0 || known.length < shares.length ? null : Math.max(...known) * 100;
  },
  overBlocks: (run) => {
    const node = fullestOf(run);
    const cores = node && coresOver(run, node);
    return cores ? (blocks) => (cores(blocks) / node.budget.cpus!) * 100 : null;
  },
  noise: noiseOfCost,
  leastRelevant: LEAST_RELEVANT_CPU,
  floor: busyEnough,
};

/**
 * @param controls one for each pair, in their order; or a single one beside several, or none
 * @param equal trials of equal runs, for the intervals of a single pair
 * @returns null where the CPU of a server is not known, or has no budget, or the budgets are more than the machine has
 */
export function headroomOf(
  pairs: readonly Pair[],
  controls: readonly RunRecord[],
  equal: EqualTrials | null,
): Headroom | null {
  // Where each side set its own pace, their traffic is not the same.
  if (hasOwnPace(pairs[0]!.baseline)) return null;
  const full = pairs[0]!.baseline.plan.load.targetUtilisation ?? FULL;
  const baseline = headroomOfSide(sideOf(pairs, 'baseline'), full, equal);
  const split = headroomOfSide(sideOf(pairs, 'split'), full, equal);
  if (!baseline || !split) return null;
  const control = controls.length > 0 ? headroomOfSide(controls, full, equal) : null;
  const found = { fullPercent: full * 100, baseline, split, control };
  const least = baseline.interval?.low ?? null;
  const baselineAtLeast = least && (least * Math.max(full, FULL)) / full;
  return { ...found, baselineAtLeast, sentence: inWords(found, replicasOf(pairs[0]!.split)) };
}

function headroomOfSide(
  runs: readonly RunRecord[],
  full: number,
  equal: EqualTrials | null,
): HeadroomOfSide | null {
  const used = levelOf(fullest, runs, equal);
  if (!used || used.value === 0) return null;
  const { ratio, interval } = reciprocal({ ratio: used.value, interval: used.interval });
  const times = (perPercent: number) => full * 100 * perPercent;
  return {
    times: times(ratio),
    interval: interval && { ...interval, low: times(interval.low), high: times(interval.high) },
    fullFirst: mostFrequent(runs.map((run) => fullestOf(run)!.name)),
  };
}

function fullestOf({ nodes }: RunRecord): NodeObservation | undefined {
  return nodes.reduce((most: NodeObservation | undefined, node) => {
    return most === undefined || (node.utilisation ?? 0) > (most.utilisation ?? 0) ? node : most;
  }, undefined);
}

function mostFrequent<T>(values: readonly T[]): T {
  const count = (value: T) => values.filter((each) => each === value).length;
  return values.reduce((most, value) => (count(value) > count(most) ? value : most));
}

function inWords(
  { fullPercent, baseline, split, control }: Omit<Headroom, 'sentence' | 'baselineAtLeast'>,
  { the, node }: ReplicasInWords,
): string {
  const carried = [
    `${traffic(baseline, ' of this traffic')} on the primary alone`,
    `${traffic(split)} with ${the}, where ${node(split.fullFirst)} is full first`,
    control && `${traffic(control)} on one primary with the CPU of all nodes`,
  ].filter((words) => words !== null);
  return `Room to grow, until a server uses ${formatPercent(fullPercent)} of its CPU budget: ${carried.join('; ')}.`;
}

/** `1.9x of this traffic (1.8x to 2.0x)` */
function traffic({ times, interval }: HeadroomOfSide, of = ''): string {
  const range = interval ? ` (${formatRatio(interval.low)} to ${formatRatio(interval.high)})` : '';
  return `${formatRatio(times)}${of}${range}`;
}
