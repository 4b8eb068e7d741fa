import { RouterError } from '../errors.js';
import type { RelationProblem } from './classification.js';
import { isHarmless } from './functions.js';

/** PostgreSQL's own words: immutable, stable, volatile. */
export type Volatility = 'i' | 's' | 'v';

/** What stands behind a name that a statement uses and its text doesn't show. */
export interface Facts {
  /** Why it can't be used on a standby as on the primary, whatever is in it. */
  problem?: RelationProblem;
  /** SQL that runs when it is used: a view's query, a row security condition, an argument's default, a call. */
  definitions: string[];
  /** Code in a procedural language that runs when it is used. */
  bodies?: string[];
}

/**
 * What the classifier asks of a database. A name without a schema means every one of that name: search_path may
 * find any of them, so the worst wins.
 */
export interface Catalog {
  /** Of a function: the worst of its overloads, harmless ones of PostgreSQL's own counting as stable. */
  volatility(name: string, schema?: string): Volatility | undefined;
  /** Of a function that isn't volatile. */
  routine(name: string, schema?: string): Facts | undefined;
  relation(name: string, schema?: string): Facts | undefined;
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
}

/**
 * For statements without a server at hand, such as those of a log: every function counts as stable, and only what
 * the text shows (and the deny-list knows) keeps a statement on the primary.
 */
export const assumeReadOnlyCatalog: Catalog = {
  volatility: () => 's',
  routine: () => undefined,
  relation: () => undefined,
  hasRelation: () => true,
  type: () => undefined,
  operator: () => undefined,
  attribute: () => false,
  hasUnlogged: false,
  anywhere: undefined,
};

/** Objects that the database's users made have OIDs from here on. */
const OWN = 16384;

/** Extensions are taken at their functions' declared word, as PostgreSQL is; the deny-list knows the exceptions. */
const ofExtension = (table: string, oid: string) => `exists (select from pg_catalog.pg_depend e
  where e.classid = 'pg_catalog.${table}'::regclass and e.objid = ${oid} and e.deptype = 'e')`;

/** The functions of users' operator classes: called by sorting, grouping and index scans, and named nowhere. */
const OPERATOR_CLASSES = `select oc.oid, oc.opcintype, oc.opcdefault, f.func
  from pg_catalog.pg_opclass oc
  join lateral (
    select a.amproc as func from pg_catalog.pg_amproc a where a.amprocfamily = oc.opcfamily
    union select o.oprcode from pg_catalog.pg_amop a
      join pg_catalog.pg_operator o on o.oid = a.amopopr where a.amopfamily = oc.opcfamily) f on true
  where oc.oid >= ${OWN} and not ${ofExtension('pg_opclass', 'oc.oid')}`;

/** Casts and operators that users made, by the types that they are of. */
const CASTS = `select c.castsource, c.casttarget, c.castcontext, c.castfunc
  from pg_catalog.pg_cast c
  where c.oid >= ${OWN} and not ${ofExtension('pg_cast', 'c.oid')}`;
const OPERATORS = `select o.oprname, o.oprleft, o.oprright, o.oprcode
  from pg_catalog.pg_operator o
  where o.oid >= ${OWN} and o.oprcode <> 0 and not ${ofExtension('pg_operator', 'o.oid')}`;

/** SQL that stands for the use of a function or type: a definition like any other. */
const CALL = `pg_catalog.format('SELECT %I.%I()', fn.nspname, f.proname)`;
const FUNCTION = (oid: string) => `join pg_catalog.pg_proc f on f.oid = ${oid}
  join pg_catalog.pg_namespace fn on fn.oid = f.pronamespace`;
const VALUE = `pg_catalog.format('SELECT NULL::%I.%I', tn.nspname, t.typname)`;
/** Joins the type that a column, argument or domain is made of, if a user made it. */
const OWN_TYPE = (oid: string) => `join pg_catalog.pg_type d on d.oid = ${oid}
  join pg_catalog.pg_type t on t.oid = case when d.typtype = 'b' and d.typcategory = 'A' then d.typelem else d.oid end
    and t.oid >= ${OWN}
  join pg_catalog.pg_namespace tn on tn.oid = t.typnamespace`;

/** Catalog queries; one message carries them all. Their results are read by {@link catalogFrom}, in this order. */
export const CATALOG_QUERIES = [
  `select n.nspname as schema, p.proname as name, max(p.provolatile::text) as volatility,
      n.nspname = 'pg_catalog' or e.objid is not null as shipped
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    left join pg_catalog.pg_depend e
      on e.classid = 'pg_catalog.pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e'
    group by 1, 2, 4`,
  // What functions hide that aren't declared volatile: an aggregate is immutable whatever it is made of, and a
  // function in C or of the server's own may be another name for one that writes.
  `select n.nspname as schema, p.proname as name, l.lanname as language,
      case when l.lanname = 'sql' then coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc)
        when l.lanname not in ('c', 'internal') then p.prosrc end as body,
      pg_catalog.pg_get_expr(p.proargdefaults, 0) as defaults,
      array(select ${VALUE} from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]) || p.prorettype) a(oid)
        ${OWN_TYPE('a.oid')})
      || array(select ${CALL} from pg_catalog.pg_aggregate a
        join lateral unnest(array[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
          a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]::oid[]) s(oid) on true ${FUNCTION('s.oid')}
        where a.aggfnoid = p.oid)
      || array(select ${CALL} from pg_catalog.pg_proc f
        join pg_catalog.pg_namespace fn on fn.oid = f.pronamespace
        where l.lanname in ('c', 'internal') and p.prokind <> 'a' and f.prolang = p.prolang and f.prosrc = p.prosrc and f.oid <> p.oid
          and f.probin is not distinct from p.probin) as uses
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    join pg_catalog.pg_language l on l.oid = p.prolang
    where p.oid >= ${OWN} and p.provolatile <> 'v' and p.prokind in ('f', 'w', 'a')
      and not ${ofExtension('pg_proc', 'p.oid')}`,
  // Relations that are more than a table: unlogged and foreign ones and what they are parts of, sequences, views,
  // row security; indexes, partitions, constraints and statistics that call functions of a user's, which the planner
  // does by itself.
  `with recursive apart(oid, problem) as (
      select c.oid, case c.relkind when 'f' then 'foreign-table' else 'unlogged-table' end
        from pg_catalog.pg_class c
        where c.relkind = 'f' or c.relpersistence = 'u' and c.relkind in ('r', 'p', 'm')
      union select i.inhparent, a.problem from pg_catalog.pg_inherits i join apart a on i.inhrelid = a.oid),
    called(relid, func) as (
      select k.relid, oc.func from (${OPERATOR_CLASSES}) oc
        join (select i.indrelid as relid, i.indclass::oid[] as classes from pg_catalog.pg_index i
          union all select p.partrelid, p.partclass::oid[] from pg_catalog.pg_partitioned_table p) k
          on oc.oid = any (k.classes)
      union
      select coalesce(i.indrelid, k.conrelid, s.stxrelid, d.objid), coalesce(o.oprcode::oid, d.refobjid)
        from pg_catalog.pg_depend d
        left join pg_catalog.pg_index i
          on d.classid = 'pg_catalog.pg_class'::regclass and i.indexrelid = d.objid
        left join pg_catalog.pg_constraint k
          on d.classid = 'pg_catalog.pg_constraint'::regclass and k.oid = d.objid
        left join pg_catalog.pg_statistic_ext s
          on d.classid = 'pg_catalog.pg_statistic_ext'::regclass and s.oid = d.objid
        left join pg_catalog.pg_operator o
          on d.refclassid = 'pg_catalog.pg_operator'::regclass and o.oid = d.refobjid
        where d.classid in ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_constraint'::regclass,
            'pg_catalog.pg_statistic_ext'::regclass)
          and d.refclassid in ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass)),
    inherited(relid, func) as (
      select c.relid, c.func from called c
      union select i.inhparent, c.func from pg_catalog.pg_inherits i join inherited c on i.inhrelid = c.relid),
    hidden as (select c.relid, ${CALL} as definition from inherited c ${FUNCTION('c.func')})
    select n.nspname as schema, c.relname as name,
      coalesce((select min(a.problem) from apart a where a.oid = c.oid),
        case when c.relkind = 'S' then 'sequence'
          when not c.relispopulated then 'unpopulated-view' end) as problem,
      case when c.relkind = 'v' then pg_catalog.pg_get_viewdef(c.oid) end as view,
      array(select 'SELECT ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) from pg_catalog.pg_policy p
        where p.polrelid = c.oid and p.polqual is not null and c.relrowsecurity)
      || array(select h.definition from hidden h where h.relid = c.oid) as uses
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.oid >= ${OWN} and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and c.relpersistence <> 't'
      and (c.relkind in ('S', 'v') or c.relrowsecurity or not c.relispopulated
        or c.oid in (select a.oid from apart a) or c.oid in (select h.relid from hidden h))`,
  `select n.nspname as schema, array_agg(c.relname::text) as names
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and c.relpersistence <> 't' group by 1`,
  // Types whose values run code: checks of domains, what a type is made of, casts and operators of a user's type,
  // casts between PostgreSQL's own ones by a user's function.
  `select o.nspname as schema, o.typname as name, x.definition
    from (
      select c.contypid as oid, 'SELECT ' || pg_catalog.pg_get_expr(c.conbin, 0) as definition
        from pg_catalog.pg_constraint c where c.contypid >= ${OWN} and c.conbin is not null
      union all
      select p.oid, ${VALUE} from (
          select b.oid, b.typbasetype as part from pg_catalog.pg_type b where b.typtype = 'd'
          union all select c.reltype, a.atttypid from pg_catalog.pg_class c
            join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0
            where c.reltype <> 0 and c.relpersistence <> 't' and a.atttypid >= ${OWN}
          union all select r.rngtypid, r.rngsubtype from pg_catalog.pg_range r
          union all select r.rngmultitypid, r.rngtypid from pg_catalog.pg_range r) p
        ${OWN_TYPE('p.part')}
        where p.oid >= ${OWN}
      union all
      select u.oid, ${CALL} from (
          select castsource as oid, castfunc as func from (${CASTS}) c where castsource >= ${OWN}
          union select casttarget, castfunc from (${CASTS}) c where castsource < ${OWN}
          union select oprleft, oprcode from (${OPERATORS}) o where oprleft >= ${OWN}
          union select oprright, oprcode from (${OPERATORS}) o where oprright >= ${OWN}
          union select opcintype, func from (${OPERATOR_CLASSES}) oc where opcintype >= ${OWN}
          union select r.rngtypid, oc.func from (${OPERATOR_CLASSES}) oc
            join pg_catalog.pg_range r on r.rngsubopc = oc.oid) u
        ${FUNCTION('u.func')}) x
    join (select t.oid, n.nspname, t.typname from pg_catalog.pg_type t
      join pg_catalog.pg_namespace n on n.oid = t.typnamespace) o on o.oid = x.oid`,
  // Operators that are found by name: those of PostgreSQL's own types, and those of a name that no other has.
  `select o.oprname as name, array_agg(distinct ${CALL}) as definitions
    from (${OPERATORS}) o ${FUNCTION('o.oprcode')}
    where o.oprleft < ${OWN} and o.oprright < ${OWN}
      or not exists (select from pg_catalog.pg_operator b where b.oid < ${OWN} and b.oprname = o.oprname)
    group by 1`,
  // Callable as row.name: functions that can do with one argument, if that may be a row.
  `select distinct p.proname as name
    from pg_catalog.pg_proc p join pg_catalog.pg_type t on t.oid = p.proargtypes[0]
    where p.oid >= ${OWN} and p.prokind = 'f' and p.pronargs - p.pronargdefaults <= 1
      and t.typtype in ('c', 'd', 'p')`,
  // Implicit casts from PostgreSQL's own types make any operator or function one of a user's type.
  `select ${CALL} as definition
    from (select castfunc as func from (${CASTS}) c where castcontext = 'i' and castsource < ${OWN}
      union select func from (${OPERATOR_CLASSES}) oc where opcdefault and opcintype < ${OWN}) x
    ${FUNCTION('x.func')}
    union
    select ${VALUE} from (${CASTS}) c ${OWN_TYPE('c.casttarget')}
    where c.castcontext = 'i' and c.castsource < ${OWN}`,
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
  const [functions, hidden, relations, known, types, operators, attributes, anywhere] = results.map(
    (result) => result.rows,
  ) as [
    { schema: string; name: string; volatility: Volatility; shipped: boolean }[],
    {
      schema: string;
      name: string;
      language: string;
      body: string | null;
      defaults: string | null;
      uses: string[];
    }[],
    { schema: string; name: string; problem: RelationProblem | null; view: string | null; uses: string[] }[],
    { schema: string; names: string[] }[],
    { schema: string; name: string; definition: string }[],
    { name: string; definitions: string[] }[],
    { name: string }[],
    { definition: string }[],
  ];

  const volatilities = new ByName<Volatility>(moreVolatile);
  for (const { schema, name, volatility, shipped } of functions) {
    volatilities.add(schema, name, volatility === 'v' && shipped && isHarmless(name) ? 's' : volatility);
  }
  const routines = new ByName<Facts>(worse);
  for (const { schema, name, language, body, defaults, uses } of hidden) {
    const definitions = [...uses];
    if (defaults !== null) definitions.push(`SELECT ${defaults}`);
    if (body !== null && language === 'sql') definitions.push(statementsOf(body));
    const bodies = body !== null && language !== 'sql' ? [body] : [];
    if (definitions.length + bodies.length > 0) routines.add(schema, name, { definitions, bodies });
  }
  const relationFacts = new ByName<Facts>(worse);
  for (const { schema, name, problem, view, uses } of relations) {
    const definitions = view === null ? uses : [...uses, view];
    relationFacts.add(schema, name, { problem: problem ?? undefined, definitions });
  }
  const relationNames = new ByName<true>(() => true);
  for (const { schema, names } of known) for (const name of names) relationNames.add(schema, name, true);
  const typeFacts = new ByName<Facts>(worse);
  for (const { schema, name, definition } of types) {
    typeFacts.add(schema, name, { definitions: [definition] });
  }
  const operatorFacts = new Map(operators.map(({ name, definitions }) => [name, { definitions }]));
  const attributeNames = new Set(attributes.map((row) => row.name));

  return {
    volatility: (name, schema) => volatilities.get(name, schema),
    routine: (name, schema) => routines.get(name, schema),
    relation: (name, schema) => relationFacts.get(name, schema),
    hasRelation: (name, schema) => relationNames.get(name, schema) === true,
    type: (name, schema) => typeFacts.get(name, schema),
    operator: (name) => operatorFacts.get(name),
    attribute: (name) => attributeNames.has(name),
    hasUnlogged: relations.some(({ problem }) => problem === 'unlogged-table'),
    anywhere: anywhere.length > 0 ? { definitions: anywhere.map(({ definition }) => definition) } : undefined,
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
