import type { RequestCategory } from '../policy/categories.js';
import { NO_EFFECT, type SessionEffect } from './effect.js';

/** What keeps a relation itself off a standby. */
const RELATION_PROBLEMS = {
  'unlogged-table': 'it reads an unlogged table',
  'foreign-table': 'it reads a foreign table',
  sequence: 'it reads a sequence',
  'unpopulated-view': 'it reads a materialized view without data',
} as const;
export type RelationProblem = keyof typeof RELATION_PROBLEMS;

/** Why a statement may run on a standby, or why it is kept on the primary: each reason, and what it says of "it". */
export const CLASSIFICATION_REASONS = {
  // On a replica
  empty: 'it says nothing',
  select: 'it only reads',
  show: 'it only shows a setting',
  'copy-to': 'it only reads, and copies that to the client',
  explain: 'it only plans',
  'explain-analyze': 'it explains what only reads',
  // The whole text
  'too-long': 'it is too long to be parsed',
  unparseable: "it can't be parsed",
  'too-deep': 'it is too deeply nested',
  // Statements
  insert: 'it inserts rows',
  update: 'it updates rows',
  delete: 'it deletes rows',
  merge: 'it merges rows',
  utility: 'it is a command for the primary',
  'code-block': 'it runs code that may do anything',
  'transaction-control': 'it begins or ends a transaction',
  'session-state': 'it belongs to the state of one session',
  'copy-from': 'it copies rows into a table',
  'copy-to-server': 'it copies to a file or program of the server',
  // Clauses
  'nested-write': 'a statement within it writes',
  'select-into': 'it makes a table',
  'locking-clause': 'it locks rows',
  // Functions
  'writing-function': 'it calls a function that writes',
  'local-function': 'it calls a function of session or server state',
  'reading-function': 'it calls a function that reads what its arguments name',
  'volatile-function': 'it calls a volatile function',
  'unknown-function': "it calls a function that the catalog doesn't know",
  'text-as-sql': 'it runs SQL that is known only when it runs',
  'statement-in-function': 'it calls a function with a statement that writes',
  'dynamic-sql': 'it calls a function that makes its SQL when it runs',
  'unparseable-definition': "it uses a definition that can't be parsed",
  'unlogged-size': 'it asks for the size of unlogged tables',
  'server-setting': 'it asks for a setting that tells one server from another',
  // Relations and types
  'unknown-relation': "it uses a relation that the catalog doesn't know",
  'temporary-table': 'it uses a temporary table',
  'temporary-type': 'it uses a temporary type',
  'server-view': 'it reads a view of server state',
  ...RELATION_PROBLEMS,
} as const;

export type ClassificationReason = keyof typeof CLASSIFICATION_REASONS;

/** Whether a statement changes data: `possibly` is what can't be seen (a volatile function, text that doesn't parse). */
export type Writes = 'never' | 'possibly' | 'certainly';

export interface Classification {
  target: 'primary' | 'replica';
  writes: Writes;
  /** A code; `explainClassification` puts it in words. */
  reason: ClassificationReason;
  /** The function, relation, setting or command that the reason is about. */
  culprit?: string;
  /** What the statement names, where it is only in that thing's definition that the culprit is used. */
  through?: string;
  /** What a comment such as `/*category='analytics'*\/` asks for. Never overrides a detected write. */
  hint?: RouteHint;
  /** What it does to its session and needs of it. */
  effect: SessionEffect;
}

/** `primary` in a comment keeps a statement there; a category or group is as if given with the request. */
export interface RouteHint {
  target?: 'primary';
  category?: RequestCategory;
  group?: string;
  /** What of the application sent it, the finest first: its action, controller, job and route. */
  origins?: string[];
}

/** A statement that a standby may answer. */
export function onReplica(reason: ClassificationReason): Classification {
  return { target: 'replica', writes: 'never', reason, effect: NO_EFFECT };
}

/** A statement that isn't for a standby. */
export function onPrimary(reason: ClassificationReason, writes: Writes, culprit?: string): Classification {
  return { target: 'primary', writes, reason, culprit, effect: NO_EFFECT };
}

const WRITES_RANK = { never: 0, possibly: 1, certainly: 2 };

/** Whether of two statements of one text, or two findings of one statement, the first says more. */
export function isWorse(a: Classification, b: Classification): boolean {
  if (a.target !== b.target) return a.target === 'primary';
  return WRITES_RANK[a.writes] > WRITES_RANK[b.writes];
}

/** What kind of request a statement is by its text alone. What is declared in a comment never overrides a write. */
export function categoryOf({ target, hint }: Classification): RequestCategory {
  return target === 'primary' ? 'write' : (hint?.category ?? 'read');
}

/** A classification for people: `it calls a function that writes: nextval, through next_ticket`. */
export function explainClassification(it: Pick<Classification, 'reason' | 'culprit' | 'through'>): string {
  const { reason, culprit, through } = it;
  const named = [culprit, through && `through ${through}`].filter(Boolean).join(', ');
  return CLASSIFICATION_REASONS[reason] + (named && `: ${named}`);
}
