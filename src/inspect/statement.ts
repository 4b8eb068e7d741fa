import { describeStatement } from '../observe/index.js';
import { type Catalog, categoryOf, classify, explainClassification } from '../router/sql/index.js';
import type { CountedStatement, Work } from './inspection.js';

/** What a statement is, whoever counted it. */
export type KnownStatement = Omit<CountedStatement, keyof Work | 'inTransaction'>;

/**
 * What a statement is by its text and what it names. `loadParser()` must have been awaited.
 * @param of `server`: the bench and the router may have run it themselves, which is told by its text
 * @returns null for what is no work of the application's, such as BEGIN or a setting
 */
export function knownStatement(
  sql: string,
  catalog: Catalog,
  of: 'server' | 'application',
): KnownStatement | null {
  const { kind, text, name } = describeStatement(sql, catalog, of === 'server' ? 'unknown' : undefined);
  if (kind === 'other') return null;
  const classification = classify(sql, catalog);
  const { target, writes, hint = {} } = classification;
  return {
    ...{ text, ...(name && { name }), hint },
    category: categoryOf(classification),
    onPrimary: target === 'replica' ? null : explainClassification(classification),
    looksLikeRead: writes !== 'certainly' && QUERY.test(text),
  };
}

const QUERY = /^\W*(select|with|values|table)\b/i;
