import type { QueryConfig } from 'pg';
import { sqlOf } from '../requests/route.js';
import type { Classification } from '../sql/classification.js';
import { beginsOnReplica, SESSION_STATES, type SessionState } from '../sql/effect.js';
import { mayBeSeveral } from '../sql/parse.js';
import { SessionContents } from '../sql/session-contents.js';

export interface Statement {
  text: string | QueryConfig;
  values: unknown[] | undefined;
  classification: Classification;
}

interface Step extends Pick<Statement, 'text' | 'values'> {
  /** As it did the first time. */
  fails: boolean;
}

/** What a statement came to in its transaction. */
interface Outcome {
  ok: boolean;
  /** An earlier statement had failed. */
  wasFailed: boolean;
  /** No transaction is open after it. */
  ended: boolean;
}

/** What can be done again elsewhere, by the same statements. */
const REPEATABLE: ReadonlySet<SessionState> = new Set<SessionState>([
  'settings',
  'prepared-statements',
  'sequences',
  // Of a function that does more than can be seen. What it did there, if anything, ends with the transaction.
  'unknown',
]);

/** What in a statement of a READ ONLY transaction a replica can't do as it is meant; undefined if it can. */
export function primaryWork({ effect, reason, culprit }: Classification): string | undefined {
  const { primaryOnly, readsSequences, leaves } = effect;
  if (primaryOnly !== undefined) return primaryOnly;
  // A standby has a sequence some numbers ahead of where its primary is.
  if (reason === 'sequence') return `The sequence ${culprit}`;
  // EXECUTE may ask for a number, as anything may be prepared, and hardly ever does: on a replica that is an error.
  if (readsSequences !== undefined && culprit !== 'EXECUTE') return SESSION_STATES.sequences;
  const state = leaves.find((left) => !REPEATABLE.has(left));
  return state && SESSION_STATES[state];
}

/** What a text that ends its transaction does besides, and a replica can't: all of it runs on one connection. */
export function workAfterEnd({ text, classification }: Statement): string | undefined {
  const { effect, writes, culprit } = classification;
  const { transaction } = effect;
  if (transaction === undefined || !/^(begin|commit|rollback)$/.test(transaction.kind)) return undefined;
  if (!mayBeSeveral(sqlOf(text))) return undefined;
  if (writes !== 'never') return culprit ?? 'a write';
  const isForPrimary = transaction.kind === 'begin' && !beginsOnReplica(transaction);
  return isForPrimary ? 'BEGIN (unless READ ONLY and not SERIALIZABLE)' : undefined;
}

/**
 * Of a READ ONLY transaction on a replica: the statements that set something, with its savepoints and its end. Run again
 * in a transaction of their own, they do to another session what they did to the replica's, whatever was rolled back.
 */
export class Transcript {
  readonly statements: Step[] = [];
  /** Nothing has run but what sets how it is to run: it may begin anew elsewhere. */
  isFresh = true;
  readonly #contents = new SessionContents();
  #committed = false;

  note({ text, values, classification }: Statement, { ok, wasFailed, ended }: Outcome): void {
    const { effect, culprit } = classification;
    const { transaction, leaves, clears, resets, onlySets } = effect;
    if (!ok || !onlySets) this.isFresh = false;
    this.#contents.note(effect);
    if (ok) this.#contents.done(effect, !ended);
    else this.#contents.failed();
    const sets =
      leaves.some((state) => REPEATABLE.has(state) && state !== 'unknown') ||
      clears.length + resets.length > 0 ||
      culprit === 'DEALLOCATE';
    const rollsBack = wasFailed || !ok;
    const controls = onlySets || (transaction !== undefined && !(ended && rollsBack));
    // Of several statements in one text those before the one that failed may have left what no rollback takes away. In a
    // failed transaction none runs before its end.
    const mayHaveRun = !wasFailed || transaction !== undefined;
    const leftBefore = mayHaveRun && leaves.includes('prepared-statements');
    if (ended && rollsBack) this.statements.push({ text: 'ROLLBACK', values: undefined, fails: false });
    if (ok ? sets || controls : leftBefore) this.statements.push({ text, values, fails: !ok });
    const commits = transaction?.kind === 'commit' && !wasFailed;
    if (ok && (commits || (sets && ended))) this.#committed = true;
  }

  /** Whether the client's later reads depend on it. */
  get leavesSettings(): boolean {
    return this.#committed && this.#contents.states.has('settings');
  }

  /** Whether anything of it outlives the transaction. */
  get outlives(): boolean {
    return this.leavesSettings || this.#contents.states.has('prepared-statements');
  }
}
