import { z } from 'zod';

/** What a figure in a written file may be. JSON has no NaN, but `1e999` is read as infinite, and a hand may write anything. */

/** No figure of a run comes near it, and nothing that is worked out of figures below it is infinite. */
const MOST = 1e15;

/** Of a time, a size, a rate: a number that isn't below 0. */
export const amount = z.number().min(0).max(MOST);
/** A time from the start of the measured window on, or before it. */
export const moment = z.number().min(-MOST).max(MOST);
export const aboveZero = z.number().positive().max(MOST);
export const count = z.int().min(0);
/** Of a whole. */
export const share = z.number().min(0).max(1);

/** Of a run, in seconds: longer ones are none, and a comparison would take memory for each second of them. */
const LONGEST_S = 30 * 86_400;
export const seconds = z.number().min(0).max(LONGEST_S);

/** Many numbers are gone through at once: ten a second for each of a dozen series, of a run of hours. */
const numbers = z
  .custom<number[]>(
    (values) =>
      Array.isArray(values) && values.every((each) => typeof each === 'number' && Math.abs(each) <= MOST),
    'must be a list of numbers',
  )
  // What its JSON Schema can't tell from the code.
  .meta({ type: 'array', items: { type: 'number', minimum: -MOST, maximum: MOST } });

/** Samples, and beside each its time in ms, which may lie before the measured window. */
export function seriesOf<Name extends string>(name: Name): z.ZodType<Record<Name | 'tMs', number[]>> {
  const lists = z.looseObject({ tMs: numbers, [name]: numbers });
  return lists.refine(
    (series) => (series[name] as number[]).length === (series.tMs as number[]).length,
    `must have as many times (tMs) as samples (${name})`,
  ) as unknown as z.ZodType<Record<Name | 'tMs', number[]>>;
}
