import type { RequestCategory, RouteHint, RoutingPolicy } from '../router/index.js';
import { Rules } from '../router/policy/rules.js';

/** How much statements did. What a source doesn't count is null. */
export interface Work {
  calls: number;
  /** Time that the server took, in ms, with all that it waited for once it ran. */
  execMs: number | null;
  /** Blocks that were looked for in shared buffers, whether they were there or not. */
  blocks: number | null;
}

/** What statements of one text did, and what they are. */
export interface CountedStatement extends Work {
  /** Normalised: without literals. */
  text: string;
  /** What the application calls it, by its comments. */
  name?: string;
  category: RequestCategory;
  hint: RouteHint;
  /** Why a replica can't run it, in words; null where one can. */
  onPrimary: string | null;
  /** That its text is one of a query all the same. */
  looksLikeRead: boolean;
  /** Those of the calls that ran within transactions that may write; null: the source doesn't tell. */
  inTransaction: number | null;
}

/** Where statements would run with a replica, in the order in which it is told. */
export const PARTS = {
  moves: 'reads that would go to a replica',
  policy: 'reads that the policy keeps on the primary',
  transaction: 'reads within transactions that may write',
  primary: 'what only the primary can run',
} as const;
export type Part = keyof typeof PARTS;
const PART_NAMES = Object.keys(PARTS) as Part[];

/** A statement and how much of it would leave the primary. */
export interface InspectedStatement extends Work {
  text: string;
  name?: string;
  /** Of its calls, 0 to 1. */
  moves: number;
  /** Why the rest stays, in words; null where nothing does. */
  stays: string | null;
  looksLikeRead: boolean;
}

/** What a replica could take of a workload, by what its statements are. */
export interface Inspection {
  policy: string;
  parts: Record<Part, Work>;
  /** Of all reads, the share that would leave the primary, 0 to 1; null where there are none. */
  readsMoved: number | null;
  /** The same by a policy that moves all that it can: what a comment keeps on the primary stays. */
  readsMovable: number | null;
  /** That the source doesn't tell which reads run within transactions that may write: what moves is the most that could. */
  atMost: boolean;
  /** Those that do most first, by time where that was counted, else by calls. */
  statements: InspectedStatement[];
}

/**
 * Says what a replica could take. It takes no account of how far a replica is behind: a session that has just written may be
 * answered by the primary for a while.
 */
export function inspect(counted: readonly CountedStatement[], policy: RoutingPolicy): Inspection {
  const rules = new Rules(policy);
  const parts = Object.fromEntries(PART_NAMES.map((part) => [part, NONE])) as Record<Part, Work>;
  let movable = 0;
  const statements = counted.map((statement) => {
    const shares = sharesOf(statement, rules);
    if (statement.hint.target !== 'primary') movable += (shares.moves + shares.policy) * statement.calls;
    for (const part of PART_NAMES) parts[part] = plus(parts[part], statement, shares[part]);
    const { text, name, looksLikeRead, calls, execMs, blocks } = statement;
    const stays = whyItStays(statement, shares);
    return {
      ...{ text, ...(name && { name }), looksLikeRead, calls, execMs, blocks, moves: shares.moves, stays },
    };
  });
  const reads = parts.moves.calls + parts.policy.calls + parts.transaction.calls;
  return {
    policy: policy.name,
    parts,
    readsMoved: reads === 0 ? null : parts.moves.calls / reads,
    readsMovable: reads === 0 ? null : movable / reads,
    atMost: counted.some(({ inTransaction }) => inTransaction === null),
    statements: statements.sort((a, b) => weightOf(b) - weightOf(a)),
  };
}

/** What share of a statement's calls runs where. */
function sharesOf(statement: CountedStatement, rules: Rules): Record<Part, number> {
  const { category, hint, calls, inTransaction } = statement;
  if (category === 'write') return { moves: 0, policy: 0, transaction: 0, primary: 1 };
  const rule = rules.for(category, rules.groupOf(hint));
  const held = inTransaction === null ? 0 : inTransaction / calls;
  const moves = hint.target === 'primary' || !rule.toReplica ? 0 : (1 - held) * (1 - rule.primaryShare);
  return { moves, policy: 1 - held - moves, transaction: held, primary: 0 };
}

function whyItStays({ onPrimary }: CountedStatement, shares: Record<Part, number>): string | null {
  if (onPrimary !== null) return onPrimary;
  if (shares.transaction > shares.policy) return 'it runs within transactions that may write';
  return shares.policy > 0 ? 'the policy keeps it on the primary' : null;
}

const NONE: Work = { calls: 0, execMs: 0, blocks: 0 };

function plus(sum: Work, { calls, execMs, blocks }: Work, share: number): Work {
  const add = (before: number | null, more: number | null) =>
    before === null || more === null ? null : before + share * more;
  return {
    calls: sum.calls + share * calls,
    execMs: add(sum.execMs, execMs),
    blocks: add(sum.blocks, blocks),
  };
}

/** By which statements are sorted, and shares are told where one figure has to do. */
export function weightOf({ execMs, calls }: Work): number {
  return execMs ?? calls;
}
