import { formatPercent, meanOf, upperFirst } from '../../machine/pure.js';
import { type NodeName, nodeOf, type RunRecord } from '../../record/pure.js';
import { shareOf } from '../measures.js';
import { replicasOf, sharedReplicas } from '../replicas.js';
import type { FindingRule } from './finding.js';
import { percentFor } from './routed-reads.js';
import { executedIn, longestOn } from './statements.js';

/** Points of CPU by which primary and replica may differ before another share is worth trying. */
const APART = 10;

/** Whether the share of reads that the policy keeps on the primary suits the load: the busier server is full first. */
export const policyShare: FindingRule = {
  title: 'How the policy shares the reads',
  find(splits) {
    const takers = sharedReplicas(splits[0]!);
    const primary = usedBy([nodeOf(splits[0]!, 'primary')?.name ?? 'primary'], splits);
    const replica = usedBy(takers, splits);
    const value = percentFor(splits, 'primary-share');
    if (primary === null || replica === null) return null;
    const ahead = replica - primary;
    if (value === 0 && ahead <= APART) return null;
    const onBoth = executedIn(splits).filter(
      ({ kind, calls }) => kind === 'read' && calls.primary > 0 && calls.replica > 0,
    );
    const who = replicasOf(splits[0]!).shared;
    const on = takers.length > 1 ? ' on average' : '';
    return {
      sentence: `The policy’s share kept ${formatPercent(value)} of the routed reads on the primary, which used ${formatPercent(primary)} of its CPU budget; ${who} used ${formatPercent(replica)}${on}.`,
      advice:
        ahead > APART
          ? `${upperFirst(who)} will be full first: a larger primaryShare for plain reads would even the load out.`
          : ahead < -APART
            ? 'The primary will be full first: a smaller primaryShare would move more off it.'
            : 'They are about equally busy, so this share suits the load.',
      figure: { title: 'Reads kept by the policy’s share', value, unit: 'percent', limit: null },
      statements: longestOn(ahead > APART ? 'replica' : 'primary', onBoth),
    };
  },
};

/** Mean use of the CPU budgets of these servers, in percent; null where one is not known. */
function usedBy(names: readonly NodeName[], splits: readonly RunRecord[]): number | null {
  const shares = splits.flatMap((run) =>
    run.nodes.filter(({ name }) => names.includes(name)).map((node) => shareOf(node, run)),
  );
  const used = shares.filter((share) => share !== null);
  return used.length === 0 || used.length < shares.length ? null : meanOf(used) * 100;
}
