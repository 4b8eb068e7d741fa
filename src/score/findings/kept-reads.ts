import { formatPercent, sumOf } from '../../machine/pure.js';
import { ROUTE_REASONS, type RouteReason } from '../../router/reasons.js';
import { readsOf } from '../measures.js';
import type { FindingRule } from './finding.js';
import { routedReads } from './routed-reads.js';
import { executedIn, longestOn } from './statements.js';

/** Fewer are not worth a reader's time. */
const LEAST_PERCENT = 1;

/** Which reads stayed on the primary, by the servers' own count; and why, by the router's. */
export const keptReads: FindingRule = {
  title: 'Which reads stayed on the primary, and why',
  find(splits) {
    const calls = (role: 'primary' | 'replica') => sumOf(splits, (run) => readsOf(run, role)?.calls ?? 0);
    const kept = calls('primary');
    const value = (kept / (kept + calls('replica'))) * 100;
    const reasons = routedReads(splits).filter(({ reason }) => reason !== 'policy-replica');
    const [first] = reasons.filter(({ reason }) => ADVICE[reason] !== undefined);
    if (!first || !(value >= LEAST_PERCENT)) return null;
    const why = reasons.map(
      ({ reason, percent }) => `${ROUTE_REASONS[reason]} (${formatPercent(percent, 2)})`,
    );
    const reads = executedIn(splits).filter(({ kind }) => kind === 'read');
    const only = reads.filter(({ calls }) => calls.primary > 0 && calls.replica === 0);
    return {
      sentence: `${formatPercent(value)} of the reads stayed on the primary. The reasons, as shares of the reads that the router handled: ${why.join('; ')}.`,
      advice: ADVICE[first.reason]!,
      figure: { title: 'Reads answered by the primary', value, unit: 'percent', limit: null },
      // Of those that ran on both servers, the policy's share is what to look at.
      statements: longestOn('primary', only),
    };
  },
};

/** What moves more reads, by why they stayed. Of the policy's share and of lag others tell. */
const ADVICE: Partial<Record<RouteReason, string>> = {
  realtime:
    'Declare as realtime only what must show the newest data; for the rest, a rule with consistency “lsn” is enough.',
  'policy-primary':
    'Let the policy send this category or group to a replica if its reads may be a moment old.',
  sticky: 'Consistency “lsn” instead of “delay” keeps a session’s reads only until a replica has its writes.',
  hint: "Take the comment target='primary' out of reads that may be a moment old.",
  transaction:
    'Open transactions that only read as READ ONLY; for a captured trace, --read-only-transactions inferred shows what that would give.',
  'session-state': 'Set with SET LOCAL, or reset at once what the session needs no longer.',
  unsafe: 'router.classify() names the function or relation that keeps a read on the primary.',
  learned: 'A replica refused these statements: its log says why.',
  'fallback-unhealthy': 'Find out why a replica was not healthy: the notes and its log say more.',
  'fallback-error':
    'Find out why reads failed on a replica: its log says more, for example of conflicts with recovery.',
};
