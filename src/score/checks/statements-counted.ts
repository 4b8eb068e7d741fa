import { formatCount, sumOf } from '../../machine/pure.js';
import { isSmartmenu, nodeOf } from '../../record/pure.js';
import { nothing } from '../measure-more.js';
import { atMost, type RunCheck, type Told } from './check.js';

/** Percent of the answers that the servers may not have counted as a statement. */
const UNCOUNTED = atMost(0.1);

const SHORT = {
  'no answer': 'did not answer each time it was asked what it had executed',
  discarded: 'had no room for so many statements and discarded some',
};

/** Whether the servers' counts of what they executed are whole. SmartMenu's requests are one statement each. */
export const statementsCounted: RunCheck = {
  of: 'run',
  subject: 'bench',
  title: 'The servers counted every statement',
  cure: 'If a node did not answer, see its log. If it discarded statements, raise pg_stat_statements.max, or play a trace with fewer different statements.',
  again: nothing,
  words: {
    holds: 'each node answered each time and discarded nothing, and no answer lacks a statement',
    fails: 'the read volume may be short',
    result: 'what was executed was not all counted',
  },
  examine(run) {
    const short = run.volume.filter((each) => each.short !== null);
    // A server that is too busy to answer is a matter of what it had to do; room for its counts is not.
    const servers = short.length > 0 && short.every((each) => each.short === 'no answer');
    const ofPrimary = short.some(({ node }) => node === nodeOf(run, 'primary')?.name);
    const nodes: Told = {
      title: 'Nodes whose count may be short',
      value: short.length,
      unit: 'count',
      limit: atMost(0),
      fault: short.map((each) => `the ${each.node} ${SHORT[each.short!]}`).join(' and '),
      servers,
      ...(ofPrimary && { harms: 'primary-read-volume' as const }),
    };
    const { ok } = run.accounting;
    if (!isSmartmenu(run) || ok === 0) return [nodes];
    const calls = sumOf(run.volume, ({ wholeCalls: { read, write } }) => read + write);
    const missing = Math.max(0, ok - calls);
    const value = (missing / ok) * 100;
    const fault = `${formatCount(missing)} of the answered requests have no statement in the servers’ counts`;
    const title = 'Answers without a statement';
    return [nodes, { title, value, unit: 'percent', limit: UNCOUNTED, fault, servers }];
  },
};
