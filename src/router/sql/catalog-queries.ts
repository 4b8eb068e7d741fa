import type { RelationProblem } from './classification.js';

/** PostgreSQL's own words: immutable, stable, volatile. */
export type Volatility = 'i' | 's' | 'v';

/** What writes to a relation: insert, update, delete, truncate, refresh. */
export type WriteEvent = 'i' | 'u' | 'd' | 't' | 'r';

interface Named {
  schema: string;
  name: string;
}

/** A row of each query's answer. */
export interface CatalogRows {
  functions: Named & { volatility: Volatility; shipped: boolean };
  hidden: Named & { language: string; body: string | null; defaults: string | null; uses: string[] };
  relations: Named & { problem: RelationProblem | null; view: string | null; uses: string[] };
  /** `events`: letters of {@link WriteEvent}. */
  writes: Named & { events: string; definition: string };
  known: { schema: string; names: string[] };
  types: Named & { definition: string };
  operators: { name: string; definitions: string[] };
  attributes: { name: string };
  anywhere: { definition: string };
  eventTriggers: { definition: string };
}

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

/** What is asked of a database's own catalog. One message carries all of it. */
export const CATALOG_QUERIES: Record<keyof CatalogRows, string> = {
  functions: `select n.nspname as schema, p.proname as name, max(p.provolatile::text) as volatility,
      n.nspname = 'pg_catalog' or e.objid is not null as shipped
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    left join pg_catalog.pg_depend e
      on e.classid = 'pg_catalog.pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e'
    group by 1, 2, 4`,
  // What functions hide: an aggregate is immutable whatever it is made of, and a function in C or of the server's own
  // may be another name for one that writes.
  hidden: `select n.nspname as schema, p.proname as name, l.lanname as language,
      case when l.lanname = 'sql' then coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc)
        when l.lanname not in ('c', 'internal') then p.prosrc end as body,
      pg_catalog.pg_get_expr(p.proargdefaults, 0) as defaults,
      array(select ${VALUE} from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]) || p.prorettype) a(oid)
        ${OWN_TYPE('a.oid')})
      || case when p.prokind = 'a' then array(select ${CALL} from pg_catalog.pg_aggregate a
        join lateral unnest(array[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
          a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]::oid[]) s(oid) on true ${FUNCTION('s.oid')}
        where a.aggfnoid = p.oid)
        when l.lanname in ('c', 'internal') then array(select ${CALL} from pg_catalog.pg_proc f
        join pg_catalog.pg_namespace fn on fn.oid = f.pronamespace
        where f.prolang = p.prolang and f.prosrc = p.prosrc and f.oid <> p.oid
          and f.probin is not distinct from p.probin) else '{}' end as uses
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    join pg_catalog.pg_language l on l.oid = p.prolang
    where p.oid >= ${OWN} and not ${ofExtension('pg_proc', 'p.oid')}`,
  // Relations that are more than a table: unlogged and foreign ones and what they are parts of, sequences, views,
  // row security; indexes, partitions, constraints and statistics that call functions of a user's, which the planner
  // does by itself.
  relations: `with recursive apart(oid, problem) as (
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
  // What runs when rows are written: triggers, rules, defaults, checks, what foreign keys do to other tables, the query
  // of a materialized view. What is written to a table may be written to its partitions and children.
  writes: `with recursive own(relid, events, definition) as (
      select t.tgrelid, case when t.tgtype & 4 <> 0 then 'i' else '' end
          || case when t.tgtype & 16 <> 0 then 'u' else '' end
          || case when t.tgtype & 8 <> 0 then 'd' else '' end || case when t.tgtype & 32 <> 0 then 't' else '' end,
          case when t.tgqual is null then ${CALL} else pg_catalog.pg_get_triggerdef(t.oid) end
        from pg_catalog.pg_trigger t ${FUNCTION('t.tgfoid')} where not t.tgisinternal and t.tgenabled <> 'D'
      union select r.ev_class, case r.ev_type when '2' then 'u' when '3' then 'i' else 'd' end,
          pg_catalog.pg_get_ruledef(r.oid)
        from pg_catalog.pg_rewrite r where r.ev_type <> '1' and r.ev_enabled <> 'D' and r.ev_class >= ${OWN}
      union select d.adrelid, case when a.attgenerated = '' then 'i' else 'iu' end,
          'SELECT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid)
        from pg_catalog.pg_attrdef d
        join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
        where d.adrelid >= ${OWN} and d.adbin::text !~ '^{CONST '
      union select a.attrelid, 'i', 'SELECT pg_catalog.nextval(NULL)'
        from pg_catalog.pg_attribute a where a.attidentity <> '' and a.attrelid >= ${OWN}
      union select a.attrelid, 'i', 'SELECT ' || t.typdefault
        from pg_catalog.pg_type t join pg_catalog.pg_attribute a on a.atttypid = t.oid
        where t.typdefaultbin is not null and a.attrelid >= ${OWN}
      union select k.conrelid, 'iu', 'SELECT ' || pg_catalog.pg_get_expr(k.conbin, k.conrelid)
        from pg_catalog.pg_constraint k
        where k.contype = 'c' and k.conrelid >= ${OWN} and k.conbin::text ~ '{FUNCEXPR '
      union select c.oid, 'r', pg_catalog.pg_get_viewdef(c.oid)
        from pg_catalog.pg_class c where c.relkind = 'm' and c.oid >= ${OWN}
      union select p.polrelid, 'iu', 'SELECT ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)
        from pg_catalog.pg_policy p where p.polwithcheck is not null
      union select k.confrelid, x.event, pg_catalog.format(x.statement, n.nspname, c.relname)
        from pg_catalog.pg_constraint k
        join pg_catalog.pg_class c on c.oid = k.conrelid and not c.relispartition
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        join (values ('d', 'c', 'DELETE FROM %I.%I'), ('d', 'n', 'UPDATE %I.%I SET c = NULL'),
            ('d', 'd', 'UPDATE %I.%I SET c = DEFAULT'), ('u', 'c', 'UPDATE %I.%I SET c = NULL'),
            ('u', 'n', 'UPDATE %I.%I SET c = NULL'), ('u', 'd', 'UPDATE %I.%I SET c = DEFAULT'),
            ('t', null, 'TRUNCATE %I.%I')) x(event, action, statement)
          on x.action is null or x.action = case x.event when 'd' then k.confdeltype else k.confupdtype end
        where k.contype = 'f'),
    -- An update that moves a row to another partition deletes it there and inserts it here.
    inherited(relid, events, definition) as (
      select o.relid, o.events, o.definition from own o
      union select i.inhparent, case when c.relkind = 'p' and h.events ~ '[id]' then h.events || 'u' else h.events end,
          h.definition
        from pg_catalog.pg_inherits i join inherited h on h.relid = i.inhrelid
        join pg_catalog.pg_class c on c.oid = i.inhparent)
    select distinct n.nspname as schema, c.relname as name, h.events, h.definition
    from inherited h join pg_catalog.pg_class c on c.oid = h.relid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relpersistence <> 't'`,
  known: `select n.nspname as schema, array_agg(c.relname::text) as names
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and c.relpersistence <> 't' group by 1`,
  // Types whose values run code: checks of domains, what a type is made of, casts and operators of a user's type,
  // casts between PostgreSQL's own ones by a user's function.
  types: `select o.nspname as schema, o.typname as name, x.definition
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
  operators: `select o.oprname as name, array_agg(distinct ${CALL}) as definitions
    from (${OPERATORS}) o ${FUNCTION('o.oprcode')}
    where o.oprleft < ${OWN} and o.oprright < ${OWN}
      or not exists (select from pg_catalog.pg_operator b where b.oid < ${OWN} and b.oprname = o.oprname)
    group by 1`,
  // Callable as row.name: functions that can do with one argument, if that may be a row.
  attributes: `select distinct p.proname as name
    from pg_catalog.pg_proc p join pg_catalog.pg_type t on t.oid = p.proargtypes[0]
    where p.oid >= ${OWN} and p.prokind = 'f' and p.pronargs - p.pronargdefaults <= 1
      and t.typtype in ('c', 'd', 'p')`,
  // Implicit casts from PostgreSQL's own types make any operator or function one of a user's type.
  anywhere: `select ${CALL} as definition
    from (select castfunc as func from (${CASTS}) c where castcontext = 'i' and castsource < ${OWN}
      union select func from (${OPERATOR_CLASSES}) oc where opcdefault and opcintype < ${OWN}) x
    ${FUNCTION('x.func')}
    union
    select ${VALUE} from (${CASTS}) c ${OWN_TYPE('c.casttarget')}
    where c.castcontext = 'i' and c.castsource < ${OWN}`,
  // Those for logins have run before a session is anybody's.
  eventTriggers: `select ${CALL} as definition from pg_catalog.pg_event_trigger e ${FUNCTION('e.evtfoid')}
    where e.evtenabled in ('O', 'A') and e.evtevent <> 'login'`,
};
