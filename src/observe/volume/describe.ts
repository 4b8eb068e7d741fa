import type { StatementObservation } from '../../record/pure.js';
import { isRouterStatement } from '../../router/nodes/index.js';
import {
  actionOf,
  type Catalog,
  type Classification,
  categoryOf,
  classify,
  normalizeSql,
  tagsOf,
} from '../../router/sql/index.js';

/** What a statement is. */
export type Described = Pick<StatementObservation, 'text' | 'kind' | 'category' | 'name' | 'group'>;

/** Of a statement whose text no server could tell any more. */
export const UNKNOWN: Described = { text: '<unknown statement>', kind: 'other' };

/** Texts are normalised once more than the server does, for utility statements keep their literals there. */
export function describe(query: string, catalog: Catalog): Described {
  const described = { text: normalizeSql(query), ...namesIn(query) };
  const classification = classify(query, catalog);
  // What the router asks for its own sake is its cost, not the workload's volume.
  if (isRouterStatement(query) || isControl(classification)) return { ...described, kind: 'other' };
  const category = categoryOf(classification);
  return category === 'write' ? { ...described, kind: 'write' } : { ...described, kind: 'read', category };
}

/** What an application calls a statement, by its comments: `orders#show`, `nightly-report`, `/orders/:id`. */
function namesIn(query: string): Pick<Described, 'name' | 'group'> {
  const tags = tagsOf(query);
  const name = actionOf(tags) ?? tags.get('job') ?? tags.get('route');
  const group = tags.get('group') ?? tags.get('controller');
  return { ...(name && { name }), ...(group && { group }) };
}

function isControl({ reason }: Classification): boolean {
  return reason === 'transaction-control' || reason === 'session-state';
}
