import { formatCount } from '../../machine/pure.js';
import { isCaptured, type NodeName } from '../../record/pure.js';
import type { Reading, RunCheck } from './check.js';

/** Percent of the answers that the servers may not have counted as a statement. */
const MOST_UNCOUNTED = 0.1;

/** Whether the servers' counts of what they executed are whole. SmartMenu's requests are one statement each. */
export const statementsCounted: RunCheck = {
  of: 'run',
  title: 'The servers counted every statement',
  cure: 'If a node did not answer, look into its log. If it discarded statements, raise pg_stat_statements.max, or play a trace with fewer different statements.',
  words: {
    holds: 'each node answered each time and discarded nothing, and no answer lacks a statement',
    fails: 'the read volume may be short',
  },
  look(run) {
    const { ok } = run.accounting;
    const short = run.volume.flatMap(({ node, short }) => (short ? [SHORT[short](node)] : []));
    const readings: Reading[] = [
      {
        title: 'Nodes whose count may be short',
        value: short.length,
        unit: 'count',
        limit: { op: '<=', value: 0 },
      },
    ];
    const calls = run.volume.reduce((sum, { whole: { read, write } }) => sum + read.calls + write.calls, 0);
    const missing = Math.max(0, ok - calls);
    if (isCaptured(run) || ok === 0) return { readings, found: short.join(' and ') };
    const uncounted: Reading = {
      title: 'Answers without a statement',
      value: (missing / ok) * 100,
      unit: 'percent',
      limit: { op: '<=', value: MOST_UNCOUNTED },
    };
    if ((uncounted.value ?? 0) > MOST_UNCOUNTED)
      short.push(`${formatCount(missing)} of the answered requests have no statement in the servers’ counts`);
    return { readings: [...readings, uncounted], found: short.join(' and ') };
  },
};

const SHORT = {
  'no answer': (node: NodeName) => `the ${node} did not answer each time it was asked what it had executed`,
  discarded: (node: NodeName) => `the ${node} had no room for so many statements and discarded some`,
};
