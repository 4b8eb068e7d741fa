import { followCommand } from '../record/index.js';
import type { StoredRun, Trials } from '../record/pure.js';

/**
 * The command that measures more of the same: on the plan of the split, whose policy is what was compared, with traffic of its
 * own in each pair where trials had that.
 */
export function measureAgain({ file, record }: StoredRun, trials: Trials | null): string {
  return `${followCommand('trials', { file, plan: record.plan })}${trials?.seeds ? ' --seeds' : ''}`;
}
