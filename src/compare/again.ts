import { shellWord } from '../machine/pure.js';
import type { Trials } from '../record/pure.js';

/**
 * The command that measures more of the same: on the plan of the split, whose policy is what was compared, with traffic of its
 * own in each pair where trials had that.
 */
export function measureAgain(split: { file: string }, trials: Trials | null): string {
  return `bench trials --plan ${shellWord(split.file)}${trials?.seeds ? ' --seeds' : ''}`;
}
