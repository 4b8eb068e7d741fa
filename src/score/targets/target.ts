import type { Unit } from '../../machine/pure.js';
import type { TargetGoal, TargetRules } from '../../plan/index.js';
import type { Figure } from '../figures/figure.js';
import type { Pair } from '../pair.js';

/** One line of the scorecard: a figure, how its value is made, and what there is to say beside it. */
export interface Target {
  /** In words, for a reader. */
  title: string;
  /** Of its value. */
  unit: 'percent' | 'ratio' | 'ms';
  /** Of what is measured on either side. */
  sideUnit: Unit;
  figure: Figure;
  /** What it is called, and measured in on either side, where a scenario's own executors set the pace. */
  atOwnPace?: { title: string; sideUnit: Unit };
  value: ValueKind;
  /** What is asked of it where bench.config.ts asks nothing; a target without is scored only where it is asked for. */
  goal?: Omit<TargetGoal, 'metric'>;
  /** Why the figure has no value for this pair; null if it has one. Never a 0 for what was not measured. */
  missing(pair: Pair): string | null;
  detail(pair: Pair): string;
  /** A sentence on what their number leaves open, of several pairs. */
  openIn?(pairs: number): string;
}

/** How a value is made of what the sides measured, what it must be, and what may be asked of it. */
export interface Kind extends TargetRules {
  of(baseline: number, split: number): number;
  /** On the scale on which values of several pairs are averaged and differ alike: a logarithm. */
  log(value: number): number;
  op: '>=' | '<';
}

export const VALUE_KINDS = {
  /** By how many percent the split has less. */
  reduction: {
    of: (baseline, split) => (1 - split / baseline) * 100,
    log: (less) => Math.log(1 - less / 100),
    op: '>=',
    direction: 'less',
    most: 100,
    band: true,
  },
  /** How many times as fast the split is. */
  speedup: {
    of: (baseline, split) => 1 / (split / baseline),
    log: Math.log,
    op: '>=',
    direction: 'more',
    band: false,
  },
  /** The split's own figure. */
  level: { of: (_, split) => split, log: Math.log, op: '<', direction: 'less', band: false },
} satisfies Record<string, Kind>;
export type ValueKind = keyof typeof VALUE_KINDS;

/** What a split needs of what its baseline does (of a level, all that it has), as a logarithm: less is better. */
export function logNeeded(kind: ValueKind, value: number): number {
  const log = VALUE_KINDS[kind].log(value);
  return VALUE_KINDS[kind].direction === 'more' ? -log : log;
}
