import { assumeReadOnlyCatalog, classify } from '../../router/sql/index.js';
import type { SqlEvent } from '../trace.js';

type Sql = SqlEvent['sql'];

const MAY_SET = /search_path|\b(?:reset|discard)\b/i;
const ENDS = /^\s*(?:commit|end|abort|rollback(?!\s+(?:work\s+|transaction\s+)?to\b))\b/i;

/** The statements by which sessions have set their search_path last: names mean what it makes them mean. */
export class SearchPaths {
  readonly #ofSession = new Map<number, Sql>();
  readonly #ofTransaction = new Map<number, Sql>();

  /** Call it for every statement of a trace, in order. The parser must be loaded. */
  follow({ session, sql, failed }: SqlEvent): void {
    if (this.#ofTransaction.has(session) && ENDS.test(sql.text)) this.#ofTransaction.delete(session);
    if (failed !== undefined || !MAY_SET.test(sql.text)) return;
    const text = beyondTransaction(sql.text);
    const { settings, resets, clears, onlySets } = classify(text, assumeReadOnlyCatalog).effect;
    const lasting = text === sql.text ? this.#ofSession : this.#ofTransaction;
    if (settings.includes('search_path') && (onlySets || /^\s*select\b/i.test(text))) {
      lasting.set(session, { ...sql, text });
    } else if (resets.includes('search_path') || clears.includes('settings')) {
      this.#ofSession.delete(session);
    }
  }

  /** What sets the search_path of a session's next statement, beyond its transaction; undefined: that of its role. */
  of(session: number): Sql | undefined {
    return this.#ofTransaction.get(session) ?? this.#ofSession.get(session);
  }
}

/** A statement that sets something for its transaction, as one that sets it for longer. */
function beyondTransaction(text: string): string {
  return text
    .replace(/^(\s*set\s+)local\s+/i, '$1')
    .replace(/(set_config\s*\(\s*'search_path'\s*,[^,()]*,\s*)true\b/i, '$1false');
}
