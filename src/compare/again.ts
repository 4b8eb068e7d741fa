import type { Trials } from '../record/pure.js';

/**
 * The command that measures more of the same: on the plan of the split, whose policy is what was compared, with all that
 * trials had beside it.
 */
export function measureAgain(split: { file: string }, trials: Trials | null): string {
  const flags = [trials?.seeds && '--seeds', trials?.control && '--control'].filter(Boolean);
  return ['bench trials', '--plan', inShell(split.file), ...flags].join(' ');
}

/** As a shell takes it for one word. */
function inShell(path: string): string {
  return /^[\w./:@%+,-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
