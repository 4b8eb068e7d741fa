import type { Pair } from './pair.js';

/**
 * The command that measures more of the same.
 * @param again the command without what is asked for here; default: `bench trials`
 * @param wanted.pairs how many, in all; default: as many as the command makes by itself
 * @param wanted.control whether each pair gets a control; those that had one get one again
 */
export function measureMore(
  again: string | undefined,
  pairs: readonly Pair[],
  wanted: { pairs?: number; control?: boolean },
): string {
  const control = wanted.control || pairs.some((pair) => pair.control);
  const flags = [wanted.pairs !== undefined && `--pairs ${wanted.pairs}`, control && '--control'];
  return [again ?? 'bench trials', ...flags.filter(Boolean)].join(' ');
}
