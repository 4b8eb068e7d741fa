import type { FindingRule } from './finding.js';
import { keptReads } from './kept-reads.js';
import { lag } from './lag.js';
import { policyShare } from './policy-share.js';
import { poolSizes } from './pool-sizes.js';
import { primaryLoad } from './primary-load.js';

/** What may be worth doing next, by its id, in the order in which it is told. */
export const FINDINGS = {
  'primary-load': primaryLoad,
  'kept-reads': keptReads,
  'policy-share': policyShare,
  lag,
  'pool-sizes': poolSizes,
} satisfies Record<string, FindingRule>;

export type FindingId = keyof typeof FINDINGS;
