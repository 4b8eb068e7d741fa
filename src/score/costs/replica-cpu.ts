import { formatCores, formatPercent } from '../../machine/pure.js';
import { coresOf, nodeOf } from '../measures.js';
import { meanOf } from '../statistics/estimate.js';
import type { CountedCost } from './cost.js';

export const replicaCpu: CountedCost = {
  title: 'CPU of the replica',
  unit: 'cores',
  standing: true,
  look(pairs) {
    const replicas = pairs.flatMap(({ split }) => {
      const node = nodeOf(split, 'replica');
      return node ? [{ node, cores: coresOf(node, split) }] : [];
    });
    const [first] = replicas;
    if (!first) return null;
    const used = meanOf(replicas.map(({ cores }) => cores));
    const share = formatPercent(meanOf(replicas.map(({ node }) => node.utilisation)) * 100);
    const whole = first.node.budget.cpus === null ? 'the machine' : 'its budget';
    return {
      baseline: null,
      split: used,
      worse: used > 0,
      sentence: `The replica used ${formatCores(used)} (${share} of ${whole}) where there was no replica before.`,
    };
  },
};
