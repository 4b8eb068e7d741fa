/** What a statement may leave in its session beyond the end of its transaction: each state, in words for people. */
export const SESSION_STATES = {
  settings: 'a setting',
  'prepared-statements': 'a prepared statement',
  cursors: 'a cursor WITH HOLD',
  'temporary-objects': 'a temporary table or the like',
  'advisory-locks': 'an advisory lock',
  listening: 'a channel that is listened to',
  'random-seed': 'the seed of random()',
  sequences: 'the last numbers drawn from sequences',
  unknown: 'something that is known only when it runs',
} as const;

export type SessionState = keyof typeof SESSION_STATES;

/**
 * What the reads of its session may depend on. The rest concerns only statements that name it, which are the primary's
 * anyway.
 */
export const PINNING_STATES = [
  'settings',
  'temporary-objects',
  'advisory-locks',
  'random-seed',
  'unknown',
] as const satisfies SessionState[];
export type PinningState = (typeof PINNING_STATES)[number];

/** What is cleared at once: no rollback brings it back. */
export const CLEARED_FOR_GOOD: ReadonlySet<SessionState> = new Set<SessionState>([
  'prepared-statements',
  'cursors',
  'advisory-locks',
  'sequences',
]);

/** RESET ALL leaves these as they are. */
export const NOT_RESET_BY_ALL: ReadonlySet<string> = new Set(['role', 'session_authorization']);

/** A custom setting that is reset is '' from then on, where a new session has none. `*` may be one. */
export function isCustomSetting(name: string): boolean {
  return name === '*' || name.includes('.');
}

/** What a text does to the transaction of its session. */
export type TransactionEffect =
  | { kind: 'begin'; readOnly: boolean; serializable: boolean }
  /** `chain`: the next transaction has begun already. */
  | { kind: 'commit' | 'rollback'; chain: boolean }
  /** `rollback-to` undoes what was set since that savepoint. */
  | { kind: 'savepoint' | 'release' | 'rollback-to'; name: string };

/** Whether it begins a transaction that a standby takes: one that is SERIALIZABLE it refuses, even READ ONLY. */
export function beginsOnReplica(transaction: TransactionEffect | undefined): boolean {
  return transaction?.kind === 'begin' && transaction.readOnly && !transaction.serializable;
}

/** What a text does to its session and needs of it. Of several statements: what all of them, in their order, come to. */
export interface SessionEffect {
  transaction: TransactionEffect | undefined;
  /** What may be in the session afterwards that was not before. */
  leaves: readonly SessionState[];
  /** What may be in it besides if the text fails midway: it leaves that and clears it again. */
  passing: readonly SessionState[];
  /** What is certainly not in it afterwards, but for what is in `leaves`, if the text succeeds. */
  clears: readonly SessionState[];
  /** Names of the settings that may be set beyond the transaction, in lower case; `*` is one that can't be told. */
  settings: readonly string[];
  /** Names of the settings that are set back. */
  resets: readonly string[];
  /** Makes, runs or removes prepared statements by SQL, or lists them: it may meet those that `pg` has prepared. */
  handlesPrepared: boolean;
  /** Asks for the last number that the session drew: by its own text, or in a function or trigger that it runs. */
  readsSequences: 'directly' | 'within' | undefined;
  /** What in it only the primary can do as it is meant, even in a READ ONLY transaction: a lock, an exported snapshot. */
  primaryOnly: string | undefined;
  /** Sets how the transaction or session is to run, and runs no query: a transaction that ran nothing else may begin anew. */
  onlySets: boolean;
  /** May turn synchronous_commit off, for its transaction or for longer. */
  setsCommit: boolean;
  /** Waits for data from the client. */
  copiesIn: boolean;
}

export const NO_EFFECT: SessionEffect = {
  transaction: undefined,
  leaves: [],
  passing: [],
  clears: [],
  settings: [],
  resets: [],
  handlesPrepared: false,
  readsSequences: undefined,
  primaryOnly: undefined,
  onlySets: false,
  setsCommit: false,
  copiesIn: false,
};

/** Of a text that can't be read: it may begin, leave and set anything. */
export const UNKNOWN_EFFECT: SessionEffect = {
  ...NO_EFFECT,
  leaves: ['unknown'],
  settings: ['*'],
  handlesPrepared: true,
  setsCommit: true,
};

/** Of code that can't be read: within a statement, so that it begins nothing. */
export const UNKNOWN_CODE: SessionEffect = {
  ...UNKNOWN_EFFECT,
  leaves: ['unknown', 'sequences'],
  readsSequences: 'within',
};

/**
 * Of code that the session keeps, a prepared statement or a temporary function: what it may leave was counted when it was
 * made, and counts as long as it is there.
 */
export const KEPT_CODE: SessionEffect = {
  ...NO_EFFECT,
  leaves: ['sequences'],
  readsSequences: 'within',
  setsCommit: true,
};

/** States that code is kept in. */
export const KEEPS_CODE = ['prepared-statements', 'temporary-objects'] as const satisfies SessionState[];
