import type { StatementObservation } from '../../record/pure.js';
import { isRouterStatement } from '../../router/nodes/index.js';
import { type Catalog, categoryOf, classify, normalizeSql, statementKind } from '../../router/sql/index.js';

/** What a statement is. */
export type Described = Pick<StatementObservation, 'text' | 'kind' | 'category'>;

/** Of a statement whose text no server could tell any more. */
export const UNKNOWN: Described = { text: '<unknown statement>', kind: 'other' };

/** Texts are normalised once more than the server does, for utility statements keep their literals there. */
export function describe(query: string, catalog: Catalog): Described {
  const text = normalizeSql(query);
  // What the router asks for its own sake is its cost, not the workload's volume.
  if (isRouterStatement(query) || isControl(query)) return { text, kind: 'other' };
  const category = categoryOf(classify(query, catalog));
  return category === 'write' ? { text, kind: 'write' } : { text, kind: 'read', category };
}

function isControl(sql: string): boolean {
  const { kind } = statementKind(sql);
  return kind !== 'other' && kind !== 'copy-data';
}
