import type { Pair } from './pair.js';

/** What is wanted of a measurement, beside that it is of the same work. */
interface Wanted {
  /** How many, in all; default: as many as the command makes by itself. */
  pairs?: number;
  /** Whether each pair gets a control; those that had one get one again. */
  control?: boolean;
  /** At a rate that is found anew. */
  rate?: 'auto';
  /** Baselines against baselines. */
  aa?: boolean;
}

/**
 * The command that measures more of the same.
 * @param again the command without what is asked for here; default: `bench trials`
 */
export function measureMore(
  again: string | undefined,
  pairs: readonly Pair[],
  { pairs: count, control, rate, aa }: Wanted,
): string {
  const controlled = !aa && (control || pairs.some((pair) => pair.control));
  const flags = [
    rate && `--rate ${rate}`,
    aa && '--aa',
    count !== undefined && `--pairs ${count}`,
    controlled && '--control',
  ];
  return [again ?? 'bench trials', ...flags.filter(Boolean)].join(' ');
}

/** The same at a rate that is found anew, with as many pairs as there were; of one, as many as the command makes by itself. */
export function calibrateAnew(again: string | undefined, pairs: readonly Pair[]): string {
  return measureMore(again, pairs, { rate: 'auto', ...(pairs.length > 1 && { pairs: pairs.length }) });
}
