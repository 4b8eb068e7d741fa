import { formatPercent } from '../../machine/pure.js';
import type { Role, RunRecord } from '../../record/pure.js';
import { meanOf } from '../statistics/estimate.js';
import type { FindingRule } from './finding.js';
import { percentFor } from './routed-reads.js';
import { executedIn, longestOn } from './statements.js';

/** Points of CPU by which primary and replica may differ before another share is worth trying. */
const APART = 10;

/** Whether the share of reads that the policy keeps on the primary suits the load: the busier server is full first. */
export const policyShare: FindingRule = {
  title: 'How the policy shares the reads',
  find(splits) {
    const [primary, replica] = [usedBy('primary', splits), usedBy('replica', splits)];
    const value = percentFor(splits, 'primary-share');
    if (primary === null || replica === null) return null;
    const ahead = replica - primary;
    if (value === 0 && ahead <= APART) return null;
    const onBoth = executedIn(splits).filter(
      ({ kind, calls }) => kind === 'read' && calls.primary > 0 && calls.replica > 0,
    );
    return {
      sentence: `The policy’s share kept ${formatPercent(value)} of the routed reads on the primary, which used ${formatPercent(primary)} of its CPU budget; the replica used ${formatPercent(replica)}.`,
      advice:
        ahead > APART
          ? 'The replica will be full first: a larger primaryShare for plain reads would even the two out.'
          : ahead < -APART
            ? 'The primary will be full first: a smaller primaryShare would move more to the replica.'
            : 'Both are about equally busy, so this share suits the load.',
      figure: { title: 'Reads kept by the policy’s share', value, unit: 'percent', limit: null },
      statements: longestOn(ahead > APART ? 'replica' : 'primary', onBoth),
    };
  },
};

/** Mean use of the CPU budget of a role's servers, in percent; null where one is not known. */
function usedBy(role: Role, splits: readonly RunRecord[]): number | null {
  const nodes = splits.flatMap((run) => run.nodes.filter((node) => node.role === role));
  const used = nodes.map(({ utilisation }) => utilisation).filter((share) => share !== null);
  return used.length === 0 || used.length < nodes.length ? null : meanOf(used) * 100;
}
