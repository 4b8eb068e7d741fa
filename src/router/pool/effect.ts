import { LRUCache } from 'lru-cache';
import { statementKind } from '../sql/kind.js';
import { MAX_SQL_LENGTH, parseStatements } from '../sql/parse.js';

/** What a statement asks of the connection that runs it. */
interface Effect {
  /** Leaves a transaction open. */
  begins: boolean;
  /** Begins a transaction that a replica can run. */
  readOnly: boolean;
  /** Leaves something in the session. */
  stateful: boolean;
}

const effects = new LRUCache<string, Effect>({ max: 5000, memoMethod: judge });

export function effectOf(sql: string): Effect {
  return sql.length > MAX_SQL_LENGTH ? judge(sql) : effects.memo(sql);
}

const SEVERAL_STATEMENTS = /;\s*\S/;
const TEMPORARY = /\btemp(orary)?\b|advisory_lock/i;

function judge(sql: string): Effect {
  const several = SEVERAL_STATEMENTS.test(sql);
  const kind = statementKind(sql);
  if (kind.kind === 'begin') {
    // A text of several statements may have written before it begins.
    const readOnly = kind.readOnly && !kind.serializable && !several;
    return { begins: true, readOnly, stateful: false };
  }
  // What can't be parsed (it is too long, or newer than the grammar) may begin or leave anything, unless it is one
  // statement: a long one is an INSERT of many rows, and hardly ever more.
  const hidden = (several || TEMPORARY.test(sql)) && parseStatements(sql) === undefined;
  return { begins: false, readOnly: false, stateful: hidden || kind.kind === 'session-state' };
}
