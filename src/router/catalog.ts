import { RouterError } from './errors.js';
import { isHarmless } from './functions.js';

/** PostgreSQL's own words: immutable, stable, volatile. */
export type Volatility = 'i' | 's' | 'v';

/** What stands behind a name that a statement uses and its text doesn't show. */
export interface Facts {
  /** Why it can't be used on a standby as on the primary, whatever is in it: `unlogged table`. */
  problem?: string;
  /** SQL that runs when it is used: a view's query, a row security condition, an argument's default. */
  definitions: string[];
}

/**
 * What the classifier asks of a database. A name without a schema means every one of that name: search_path may
 * find any of them, so the worst wins.
 */
export interface Catalog {
  /** Of a function: the worst of its overloads, harmless ones of PostgreSQL's own counting as stable. */
  volatility(name: string, schema?: string): Volatility | undefined;
  routine(name: string, schema?: string): Facts | undefined;
  relation(name: string, schema?: string): Facts | undefined;
  type(name: string, schema?: string): Facts | undefined;
  /** Whether an operator of this name is backed by a volatile function. */
  volatileOperator(name: string): boolean;
  /** Whether `row.name` may be a call of a volatile function of that name. */
  volatileAttribute(name: string): boolean;
}

/**
 * For statements without a server at hand, such as those of a log: every function counts as stable, and only what
 * the text shows (and the deny-list knows) keeps a statement on the primary.
 */
export const assumeReadOnlyCatalog: Catalog = {
  volatility: () => 's',
  routine: () => undefined,
  relation: () => undefined,
  type: () => undefined,
  volatileOperator: () => false,
  volatileAttribute: () => false,
};

const SYSTEM = `('pg_catalog', 'information_schema', 'pg_toast')`;

/** Catalog queries; one message carries them all. Their results are read by {@link catalogFrom}, in this order. */
export const CATALOG_QUERIES = [
  // Functions. An aggregate is declared immutable whatever it is made of, so its support functions count.
  `select n.nspname as schema, p.proname as name, max(greatest(p.provolatile::text, support.worst)) as volatility,
      n.nspname = 'pg_catalog' or e.objid is not null as shipped
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    left join pg_catalog.pg_depend e
      on e.classid = 'pg_catalog.pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e'
    left join lateral (
      select max(s.provolatile::text) as worst
      from pg_catalog.pg_aggregate a join pg_catalog.pg_proc s
        on s.oid in (a.aggtransfn, a.aggfinalfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn)
      where a.aggfnoid = p.oid and p.oid >= 16384) support on true
    group by 1, 2, 4`,
  // What stable functions hide: defaults of their arguments, and their text where it is SQL.
  `select n.nspname as schema, p.proname as name,
      pg_catalog.pg_get_expr(p.proargdefaults, 0) as defaults,
      case when l.lanname = 'sql' then coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc) end as body
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    join pg_catalog.pg_language l on l.oid = p.prolang
    where n.nspname not in ${SYSTEM} and p.provolatile <> 'v' and p.prokind in ('f', 'w')
      and (p.proargdefaults is not null or l.lanname = 'sql')
      and not exists (select from pg_catalog.pg_depend e
        where e.classid = 'pg_catalog.pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e')`,
  // Relations: unlogged ones and what they are partitions of, sequences, views, row security.
  `with recursive unlogged(oid) as (
      select c.oid from pg_catalog.pg_class c where c.relpersistence = 'u'
      union select i.inhparent from pg_catalog.pg_inherits i join unlogged u on i.inhrelid = u.oid)
    select n.nspname as schema, c.relname as name, c.relkind = 'S' as sequence, u.oid is not null as unlogged,
      case when c.relkind = 'v' then pg_catalog.pg_get_viewdef(c.oid) end as view,
      array(select pg_catalog.pg_get_expr(p.polqual, p.polrelid) from pg_catalog.pg_policy p
        where p.polrelid = c.oid and p.polqual is not null) as conditions
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join unlogged u on u.oid = c.oid
    where n.nspname not in ${SYSTEM} and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
      and (c.relkind in ('S', 'v') or u.oid is not null or c.relrowsecurity)`,
  // Types whose values run code: checks of domains, casts by volatile functions.
  `select n.nspname as schema, t.typname as name, pg_catalog.pg_get_expr(c.conbin, 0) as condition
    from pg_catalog.pg_constraint c
    join pg_catalog.pg_type t on t.oid = c.contypid
    join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    where n.nspname not in ${SYSTEM}
    union all
    select n.nspname, t.typname, null
    from pg_catalog.pg_cast c
    join pg_catalog.pg_proc p on p.oid = c.castfunc
    join pg_catalog.pg_type t on t.oid = c.casttarget
    join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    where p.provolatile = 'v'`,
  `select distinct o.oprname as name
    from pg_catalog.pg_operator o join pg_catalog.pg_proc p on p.oid = o.oprcode where p.provolatile = 'v'`,
  // Callable as row.name: volatile functions that can do with one argument.
  `select distinct p.proname as name
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname not in ${SYSTEM} and p.provolatile = 'v' and p.prokind = 'f'
      and p.pronargs >= 1 and p.pronargs - p.pronargdefaults <= 1`,
];

// biome-ignore lint/suspicious/noExplicitAny: their columns are those of the queries above
type Rows = { rows: any[] };

/**
 * Reads what the classifier needs to know of a database, in one round trip.
 * @param client a connected `pg` client of the database that will be queried
 * @throws what the server answers; RouterError `SERVER_TOO_OLD` before PostgreSQL 14
 */
export async function loadCatalog(client: { query(sql: string): Promise<unknown> }): Promise<Catalog> {
  return catalogFrom((await client.query(CATALOG_QUERIES.join(';\n'))) as Rows[]);
}

/** Makes a catalog of the results of {@link CATALOG_QUERIES}. */
export function catalogFrom(results: Rows[]): Catalog {
  if (results.length !== CATALOG_QUERIES.length) {
    throw new RouterError(
      'BAD_CATALOG',
      'The server answered the catalog queries with another number of results.',
    );
  }
  const [functions, hidden, relations, types, operators, attributes] = results.map(
    (result) => result.rows,
  ) as [
    { schema: string; name: string; volatility: Volatility; shipped: boolean }[],
    { schema: string; name: string; defaults: string | null; body: string | null }[],
    {
      schema: string;
      name: string;
      sequence: boolean;
      unlogged: boolean;
      view: string | null;
      conditions: string[];
    }[],
    { schema: string; name: string; condition: string | null }[],
    { name: string }[],
    { name: string }[],
  ];

  const volatilities = new ByName<Volatility>(moreVolatile);
  for (const { schema, name, volatility, shipped } of functions) {
    volatilities.add(schema, name, volatility === 'v' && shipped && isHarmless(name) ? 's' : volatility);
  }
  const routineFacts = new ByName<Facts>(worse);
  for (const { schema, name, defaults, body } of hidden) {
    const definitions = [];
    if (defaults !== null) definitions.push(`SELECT ${defaults}`);
    if (body !== null) definitions.push(statementsOf(body));
    routineFacts.add(schema, name, { definitions });
  }
  const relationFacts = new ByName<Facts>(worse);
  for (const { schema, name, sequence, unlogged, view, conditions } of relations) {
    // A sequence's WAL runs up to 32 values ahead of it: a standby would answer with a number not yet given.
    const problem = unlogged ? 'unlogged table' : sequence ? 'sequence' : undefined;
    const definitions = conditions.map((condition) => `SELECT ${condition}`);
    if (view !== null) definitions.push(view);
    relationFacts.add(schema, name, { problem, definitions });
  }
  const typeFacts = new ByName<Facts>(worse);
  for (const { schema, name, condition } of types) {
    const facts =
      condition === null
        ? { problem: 'volatile cast', definitions: [] }
        : { definitions: [`SELECT ${condition}`] };
    typeFacts.add(schema, name, facts);
  }
  const operatorNames = new Set(operators.map((row) => row.name));
  const attributeNames = new Set(attributes.map((row) => row.name));

  return {
    volatility: (name, schema) => volatilities.get(name, schema),
    routine: (name, schema) => routineFacts.get(name, schema),
    relation: (name, schema) => relationFacts.get(name, schema),
    type: (name, schema) => typeFacts.get(name, schema),
    volatileOperator: (name) => operatorNames.has(name),
    volatileAttribute: (name) => attributeNames.has(name),
  };
}

/** Values by name alone and by schema and name; several for one name become one. */
class ByName<T> {
  readonly #all = new Map<string, T>();
  readonly #bySchema = new Map<string, T>();
  constructor(readonly merge: (a: T, b: T) => T) {}

  add(schema: string, name: string, value: T): void {
    this.#put(this.#all, name, value);
    this.#put(this.#bySchema, `${schema}.${name}`, value);
  }

  get(name: string, schema?: string): T | undefined {
    return schema === undefined ? this.#all.get(name) : this.#bySchema.get(`${schema}.${name}`);
  }

  #put(map: Map<string, T>, key: string, value: T): void {
    const present = map.get(key);
    map.set(key, present === undefined ? value : this.merge(present, value));
  }
}

function moreVolatile(a: Volatility, b: Volatility): Volatility {
  if (a === 'v' || b === 'v') return 'v';
  return a === 's' || b === 's' ? 's' : 'i';
}

function worse(a: Facts, b: Facts): Facts {
  return { problem: a.problem ?? b.problem, definitions: [...a.definitions, ...b.definitions] };
}

/** The statements of an SQL function's body: `RETURN x` and `BEGIN ATOMIC ... END` are no statements by themselves. */
function statementsOf(body: string): string {
  const expression = /^\s*RETURN\b(.*)$/is.exec(body);
  if (expression) return `SELECT ${expression[1]}`;
  return /^\s*BEGIN ATOMIC\b(.*)\bEND\s*;?\s*$/is.exec(body)?.[1] ?? body;
}
