import { meanOf } from '../../machine/pure.js';
import type { RunRecord } from '../../record/pure.js';
import { sideMean } from '../statistics/estimate.js';
import { type Figure, valuesOf } from './figure.js';

/**
 * A figure's mean over runs that stand beside the sides of several pairs: plain for a level, geometric for what sides are
 * compared by. Null where there is no run, or one has no such figure.
 */
export function meanOverRuns(of: Figure['of'], runs: readonly RunRecord[], level: boolean): number | null {
  const values = valuesOf({ of }, runs);
  if (!values || values.length === 0) return null;
  return level ? meanOf(values) : sideMean(values);
}
