import {
  type Catalog,
  CLASSIFICATION_REASONS,
  commandOf,
  DATA_STATEMENTS,
  denied,
  explainClassification,
  type Facts,
  fieldsOf,
  isHarmless,
  isQuery,
  names,
  nodeName,
  parseStatements,
  type Tree,
  type Visit,
  walk,
} from '../router/sql/index.js';

/** Which tables a statement touches, by name, and whether they alone decide what it answers. */
export interface Footprint {
  reads: Set<string>;
  writes: Set<string>;
  /** Why its answer differs from one moment or server to the next, whatever is in the tables. */
  volatile?: string;
  /** Why its answer may differ although the tables are the same, or why they aren't all known. */
  unsure?: string;
}

/**
 * Reads a statement's tree, and the views and functions that it uses. A name stands for every table so called, in
 * whatever schema; names that WITH gives count as tables, which does no harm. `loadParser()` must have been awaited.
 */
export function footprintOf(sql: string, catalog: Catalog): Footprint {
  const survey = new Survey(catalog);
  const statements = parseStatements(sql);
  if (statements === undefined) survey.found.volatile = CLASSIFICATION_REASONS.unparseable;
  try {
    for (const statement of statements ?? []) survey.statement(statement);
  } catch (error) {
    // A tree may be too deep to walk.
    if (!(error instanceof RangeError)) throw error;
    survey.found.volatile = CLASSIFICATION_REASONS['too-deep'];
  }
  return survey.found;
}

/** By PostgreSQL's declaration no more than stable, which many a deterministic function is too. */
const OF_THE_MOMENT =
  /^(now|transaction_timestamp|statement_timestamp|current_setting|version|pg_.*|txid_.*|inet_.*)$/;
const TIME_WORDS = /^(now|today|tomorrow|yesterday|allballs)$/i;

class Survey {
  readonly found: Footprint = { reads: new Set(), writes: new Set() };
  readonly #seen = new Set<string>();

  constructor(readonly catalog: Catalog) {}

  statement(statement: Tree): void {
    const name = nodeName(statement);
    if (isQuery(name)) {
      walk(statement, this.#visit);
      return;
    }
    this.found.volatile ??= `${commandOf(name)} is no query`;
    // What a utility statement names it may change, or make or drop.
    const inner = new Survey(this.catalog);
    walk(statement, inner.#visit);
    for (const relation of inner.found.reads) this.found.writes.add(relation);
    const { objects } = statement[name] as Tree;
    for (const object of Array.isArray(objects) ? objects : []) {
      for (const part of names(fieldsOf(object, 'List')?.items)) this.found.writes.add(part);
    }
  }

  readonly #visit: Visit = (node, name) => {
    this.#clause(name, node);
    if (node.funcname !== undefined) this.#function(names(node.funcname), node);
    else if (typeof node.relname === 'string') this.#relation(node);
    return true;
  };

  #clause(name: string, node: Tree): void {
    if (name in DATA_STATEMENTS) this.#writes(node.relation);
    else if (name === 'intoClause') this.#writes(node.rel);
    else if (name === 'SelectStmt' || name === 'larg' || name === 'rarg') this.#select(node);
    else if (name === 'RangeTableSample') this.found.volatile ??= 'TABLESAMPLE';
    else if (name === 'SQLValueFunction' && /TIME|DATE/.test(String(node.op))) {
      this.found.volatile ??= 'it asks what time it is';
    } else if (name === 'sval' && TIME_WORDS.test(String(node.sval))) {
      this.found.volatile ??= `'${String(node.sval).toLowerCase()}' as a time`;
    }
  }

  #writes(relation: unknown): void {
    this.found.writes.add(String((relation as Tree | undefined)?.relname));
  }

  /** Without an order, which rows are among the first is nobody's promise. */
  #select({ sortClause, limitCount, limitOffset, distinctClause }: Tree): void {
    if (sortClause !== undefined) return;
    const distinctOn =
      Array.isArray(distinctClause) && distinctClause.some((item) => Object.keys(item).length > 0);
    if (distinctOn) this.found.unsure ??= 'DISTINCT ON without ORDER BY';
    if (limitCount !== undefined || limitOffset !== undefined) this.found.unsure ??= 'LIMIT without ORDER BY';
  }

  #function(path: string[], { args }: Tree): void {
    const name = path.at(-1) ?? '';
    const schema = path.at(-2);
    const volatility = this.catalog.volatility(name, schema);
    const ofTheMoment = OF_THE_MOMENT.test(name) || (name === 'age' && (args as unknown[])?.length === 1);
    if (ofTheMoment || volatility === 'v' || isHarmless(name) || denied(name)) {
      this.found.volatile ??= `it calls ${name}()`;
    } else if (volatility === undefined) this.found.unsure ??= `${name}() is not known`;
    else this.#through(name, this.catalog.routine(name, schema));
  }

  #relation({ relname, schemaname, relpersistence }: Tree): void {
    const name = relname as string;
    const schema = schemaname as string | undefined;
    if (name.startsWith('pg_') || schema === 'pg_catalog' || schema === 'information_schema') {
      this.found.volatile ??= `it reads ${name} of the server`;
    }
    if (relpersistence === 't') this.found.writes.add(name);
    this.found.reads.add(name);
    const facts = this.catalog.relation(name, schema);
    if (facts?.problem !== undefined)
      this.found.volatile ??= explainClassification({ reason: facts.problem, culprit: name });
    this.#through(name, facts);
  }

  #through(name: string, facts: Facts | undefined): void {
    if (facts?.bodies?.length) this.found.unsure ??= `what ${name}() reads is not known`;
    for (const definition of facts?.definitions ?? []) {
      if (this.#seen.has(definition)) continue;
      this.#seen.add(definition);
      const statements = parseStatements(definition);
      if (statements === undefined) this.found.unsure ??= `what ${name} stands for can’t be parsed`;
      else walk(statements, this.#visit);
    }
  }
}
