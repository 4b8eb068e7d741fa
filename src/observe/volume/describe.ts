import type { StatementObservation } from '../../record/pure.js';
import { isRouterStatement } from '../../router/nodes/index.js';
import {
  type Catalog,
  type Classification,
  categoryOf,
  classify,
  normalizeSql,
} from '../../router/sql/index.js';

/** What a statement is. */
export type Described = Pick<StatementObservation, 'text' | 'kind' | 'category'>;

/** Of a statement whose text no server could tell any more. */
export const UNKNOWN: Described = { text: '<unknown statement>', kind: 'other' };

/** Texts are normalised once more than the server does, for utility statements keep their literals there. */
export function describe(query: string, catalog: Catalog): Described {
  const text = normalizeSql(query);
  const classification = classify(query, catalog);
  // What the router asks for its own sake is its cost, not the workload's volume.
  if (isRouterStatement(query) || isControl(classification)) return { text, kind: 'other' };
  const category = categoryOf(classification);
  return category === 'write' ? { text, kind: 'write' } : { text, kind: 'read', category };
}

function isControl({ reason }: Classification): boolean {
  return reason === 'transaction-control' || reason === 'session-state';
}
