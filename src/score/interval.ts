import { type Estimate, LEVEL } from './statistics/estimate.js';

/** Where a value lies, with how much confidence. */
export interface Interval {
  low: number;
  high: number;
  /** Share of repetitions in which such an interval holds the truth, 0..1. */
  level: number;
  /**
   * `t`: Student's t over pairs of runs. `log-normal`: of a level over them, which few runs with long times stretch upwards.
   * `bca`: bootstrap over pairs of runs, from 30 on. `blocks`: bootstrap over time blocks within a single pair, widened by
   * what equal runs differ by. `ancova`: Student's t over pairs, without what the machine's speed did to them.
   */
  method: 't' | 'log-normal' | 'bca' | 'blocks' | 'ancova';
  /** How many pairs, or blocks, it is made from. */
  n: number;
  /** Of a single pair, whose blocks hold no trace of it: what is allowed for the noise between runs. */
  widened?: Widening;
}

/** The noise between runs that an interval allows for: half its width is √(that of the blocks² + this²), in logarithms. */
export interface Widening {
  /** What the noise alone makes of a figure, as a factor up or down. */
  by: number;
  /** Id of the trials of equal runs that showed it; null: it is assumed, by the figure and the load. */
  from: string | null;
}

/** An interval before it has its level, and an estimate that it is made from. */
export type Bounds = Omit<Interval, 'level'>;
export type Found = Estimate & Bounds;

/** What was estimated on another scale, on that of the figure. */
export function inverse({ low, high, ...found }: Found, back: (end: number) => number): Found {
  return { ...found, low: back(low), high: back(high) };
}

/** A ratio the other way round: of what takes half the time, that it is twice as fast. */
export function reciprocal({ ratio, interval }: { ratio: number; interval: Interval | null }) {
  return {
    ratio: 1 / ratio,
    // A large ratio is a small one then: the ends change places.
    interval: interval && { ...interval, low: 1 / interval.high, high: 1 / interval.low },
  };
}

/** No figure is ever below 0, so no interval is. */
export function intervalOf({ low, high, method, n, widened }: Bounds): Interval {
  const ends = { low: Math.max(0, low), high: Math.max(0, high) };
  return { ...ends, level: LEVEL, method, n, ...(widened && { widened }) };
}
