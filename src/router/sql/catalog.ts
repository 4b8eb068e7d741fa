import { RouterError } from '../errors.js';
import { CATALOG_QUERIES, type CatalogRows, type Volatility, type WriteEvent } from './catalog-queries.js';
import type { RelationProblem } from './classification.js';
import type { Code } from './code-effect.js';
import { isHarmless } from './functions.js';

/** What stands behind a name that a statement uses and its text doesn't show. */
export interface Facts {
  /** Why it can't be used on a standby as on the primary, whatever is in it. */
  problem?: RelationProblem;
  /** SQL that runs when it is used: a view's query, a row security condition, an argument's default, a call. */
  definitions: string[];
  /** Code in a procedural language that runs when it is used. */
  bodies?: Code[];
}

/**
 * What the classifier asks of a database. A name without a schema means every one of that name: search_path may
 * find any of them, so the worst wins.
 */
export interface Catalog {
  /** Of a function: the worst of its overloads, harmless ones of PostgreSQL's own counting as stable. */
  volatility(name: string, schema?: string): Volatility | undefined;
  /** Of a function or procedure that a user made. */
  routine(name: string, schema?: string): Facts | undefined;
  relation(name: string, schema?: string): Facts | undefined;
  /** What else runs when rows of a relation are written: triggers, defaults, rules, a materialized view's query. */
  writes(event: WriteEvent, name: string, schema?: string): Facts | undefined;
  /** A table or view that isn't there may be somebody's temporary table, or too new for a standby. */
  hasRelation(name: string, schema?: string): boolean;
  type(name: string, schema?: string): Facts | undefined;
  /** Of operators that a name alone may find, whatever its operands are. */
  operator(name: string): Facts | undefined;
  /** Whether `row.name` may be a call of a function of that name. */
  attribute(name: string): boolean;
  /** Whether files of the primary are missing on a standby. */
  readonly hasUnlogged: boolean;
  /** What any expression may run without naming it, such as an implicit cast between PostgreSQL's own types. */
  readonly anywhere: Facts | undefined;
  /** What runs when something is created, altered or dropped. */
  readonly eventTriggers: Facts | undefined;
}

/**
 * For statements without a server at hand, such as those of a log: every function counts as stable, and only what
 * the text shows (and the deny-list knows) keeps a statement on the primary.
 */
export const assumeReadOnlyCatalog: Catalog = {
  volatility: () => 's',
  routine: () => undefined,
  relation: () => undefined,
  writes: () => undefined,
  hasRelation: () => true,
  type: () => undefined,
  operator: () => undefined,
  attribute: () => false,
  hasUnlogged: false,
  anywhere: undefined,
  eventTriggers: undefined,
};

/** All that is asked of a database, as one message; `catalogFrom` reads its results. */
export const CATALOG_SQL = Object.values(CATALOG_QUERIES).join(';\n');

// biome-ignore lint/suspicious/noExplicitAny: their columns are those of CatalogRows
type Result = { rows: any[] };

/**
 * PostgreSQL opens a relation to say what its views, rules and defaults are, and so waits for whoever holds a lock on it
 * (an open TRUNCATE, say), perhaps one who waits for this very reader: a deadlock that no server sees.
 */
const LOCK_TIMEOUT = `SET LOCAL lock_timeout = '200ms'`;

/**
 * Reads what the classifier needs to know of a database, in one round trip.
 * @param client a connected `pg` client of the database that will be queried, in no transaction
 * @throws what the server answers (55P03 where a relation is locked); RouterError `BAD_CATALOG` if that isn't one result for
 * each query
 */
export async function loadCatalog(client: { query(sql: string): Promise<unknown> }): Promise<Catalog> {
  const [, ...results] = (await client.query(`${LOCK_TIMEOUT};\n${CATALOG_SQL}`)) as Result[];
  return catalogFrom(results);
}

/** Makes a catalog of the results of {@link CATALOG_SQL}. */
export function catalogFrom(results: Result[]): Catalog {
  const names = Object.keys(CATALOG_QUERIES);
  if (results.length !== names.length) {
    const message = `The server answered ${names.length} catalog queries with ${results.length} results.`;
    throw new RouterError('BAD_CATALOG', message);
  }
  const rows = Object.fromEntries(names.map((name, at) => [name, results[at]!.rows])) as {
    [Name in keyof CatalogRows]: CatalogRows[Name][];
  };

  const volatility = byName(rows.functions, moreVolatile, ({ name, volatility: declared, shipped }) =>
    declared === 'v' && shipped && isHarmless(name) ? 's' : declared,
  );
  const routine = byName(rows.hidden, worse, ({ language, body, defaults, uses }) => {
    const definitions = [...uses];
    if (defaults !== null) definitions.push(`SELECT ${defaults}`);
    if (body !== null && language === 'sql') definitions.push(statementsOf(body));
    return { definitions, bodies: body !== null && language !== 'sql' ? [{ language, text: body }] : [] };
  });
  const relation = byName(rows.relations, worse, ({ problem, view, uses }) => ({
    problem: problem ?? undefined,
    definitions: view === null ? uses : [...uses, view],
  }));
  const writesOn = (event: WriteEvent) =>
    byName(
      rows.writes.filter(({ events }) => events.includes(event)),
      worse,
      ({ definition }) => ({ definitions: [definition] }),
    );
  const writes = { i: writesOn('i'), u: writesOn('u'), d: writesOn('d'), t: writesOn('t'), r: writesOn('r') };
  const known = byName(
    rows.known.flatMap(({ schema, names }) => names.map((name) => ({ schema, name }))),
    () => true,
    () => true,
  );
  const type = byName(rows.types, worse, ({ definition }) => ({ definitions: [definition] }));
  const operators = new Map(rows.operators.map(({ name, definitions }) => [name, { definitions }]));
  const attributes = new Set(rows.attributes.map(({ name }) => name));

  return {
    volatility,
    routine,
    relation,
    writes: (event, name, schema) => writes[event](name, schema),
    hasRelation: (name, schema) => known(name, schema) === true,
    type,
    operator: (name) => operators.get(name),
    attribute: (name) => attributes.has(name),
    hasUnlogged: rows.relations.some(({ problem }) => problem === 'unlogged-table'),
    anywhere: together(rows.anywhere),
    eventTriggers: together(rows.eventTriggers),
  };
}

function together(rows: { definition: string }[]): Facts | undefined {
  return rows.length > 0 ? { definitions: rows.map(({ definition }) => definition) } : undefined;
}

/** Values by name alone and by schema and name; several for one name become one. */
function byName<Row extends { schema: string; name: string }, T>(
  rows: Row[],
  merge: (a: T, b: T) => T,
  toValue: (row: Row) => T,
): (name: string, schema?: string) => T | undefined {
  const all = new Map<string, T>();
  const qualified = new Map<string, T>();
  const put = (map: Map<string, T>, key: string, value: T) => {
    const present = map.get(key);
    map.set(key, present === undefined ? value : merge(present, value));
  };
  for (const row of rows) {
    const value = toValue(row);
    put(all, row.name, value);
    put(qualified, `${row.schema}.${row.name}`, value);
  }
  return (name, schema) => (schema === undefined ? all.get(name) : qualified.get(`${schema}.${name}`));
}

/** By the alphabet, as the catalog's own query does it. */
function moreVolatile(a: Volatility, b: Volatility): Volatility {
  return a > b ? a : b;
}

function worse(a: Facts, b: Facts): Facts {
  return {
    problem: a.problem ?? b.problem,
    definitions: [...a.definitions, ...b.definitions],
    bodies: [...(a.bodies ?? []), ...(b.bodies ?? [])],
  };
}

/** The statements of an SQL function's body: `RETURN x` and `BEGIN ATOMIC ... END` are no statements by themselves. */
function statementsOf(body: string): string {
  const expression = /^\s*RETURN\b(.*)$/is.exec(body);
  if (expression) return `SELECT ${expression[1]}`;
  return /^\s*BEGIN ATOMIC\b(.*)\bEND\s*;?\s*$/is.exec(body)?.[1] ?? body;
}
