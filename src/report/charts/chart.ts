import type { Pair, Scorecard, ScoreRow } from '../../score/index.js';
import type { Table } from '../html/table.js';
import type { ChartConfig } from './config.js';

/** A question that a chart answers: one line of the table of charts. */
export interface Question {
  /** What stands in the chart's place, with the reason, where there is nothing to draw. */
  title: string;
  /** @param found for the targets that are drawn, and for what may be said of a difference */
  answer(pair: Pair, found: Found): Drawing | { reason: string };
}

/** What was found over all pairs, of which the chart shows one. */
export type Found = Pick<Scorecard, 'scorecard' | 'regressions'>;

/** The row of a target; undefined where it has none. */
export function rowOf({ scorecard }: Found, target: ScoreRow['id']): ScoreRow | undefined {
  return scorecard.find(({ id }) => id === target);
}

/**
 * A chart as data: no function in it, so that the same configuration draws in the page and as a still picture, and
 * can be looked at in a test. Colours are named (`@baseline`, `@split`...) and chosen where it is drawn.
 */
export interface Drawing {
  /** What it shows, said as a finding. */
  title: string;
  /** How to read it. */
  about: string;
  config: ChartConfig;
  /** In CSS pixels, where there is a reason for another than that of most. */
  height?: number;
  table: Table;
}
