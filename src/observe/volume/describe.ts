import type { StatementObservation } from '../../record/pure.js';
import { isRouterStatement } from '../../router/nodes/index.js';
import {
  actionOf,
  type Catalog,
  type Classification,
  categoryOf,
  classify,
  fingerprintOf,
  normalizeSql,
  tagsOf,
} from '../../router/sql/index.js';

/** What a statement is. */
export type Described = Pick<StatementObservation, 'text' | 'kind' | 'category' | 'name' | 'group'> & {
  /** It is of somebody else's doing. */
  foreign?: true;
};

/** Of a statement whose text no server could tell any more. */
export const UNKNOWN: Described = { text: '<unknown statement>', kind: 'other' };

/**
 * Texts are normalised once more than the server does, for utility statements keep their literals there.
 * @param own fingerprints of the workload's statements; `unknown`: all that isn't the bench's is the workload's; left out: all is,
 *   for the bench asks as another user
 */
export function describe(query: string, catalog: Catalog, own?: ReadonlySet<string> | 'unknown'): Described {
  const described = { text: normalizeSql(query), ...namesIn(query) };
  const classification = classify(query, catalog);
  // What the router asks for its own sake is its cost, not the workload's volume.
  if (isRouterStatement(query) || isControl(classification)) return { ...described, kind: 'other' };
  if (own === 'unknown' && isOfTheBench(described.text)) return { ...described, kind: 'other' };
  const fingerprint = own && own !== 'unknown' ? fingerprintOf(query) : null;
  if (own && own !== 'unknown' && fingerprint !== null && !own.has(fingerprint)) {
    return { ...described, kind: 'other', ...(!isOfTheBench(described.text) && { foreign: true }) };
  }
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

/** What observes and prepares asks for the servers' own views, and writes to schemas of the bench's name. */
function isOfTheBench(text: string): boolean {
  return /\bpg_|\bsplitbench/i.test(text);
}

function isControl({ reason }: Classification): boolean {
  return reason === 'transaction-control' || reason === 'session-state';
}
