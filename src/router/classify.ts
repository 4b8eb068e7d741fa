import { LRUCache } from 'lru-cache';
import type { Catalog, Facts } from './catalog.js';
import { denied, isLocalRelation } from './functions.js';
import { fieldsOf, MAX_SQL_LENGTH, names, nodeName, parseStatements, type Tree } from './parser.js';
import type { Classification, Writes } from './types.js';

// All that reads SQL, from one door.
export { assumeReadOnlyCatalog, type Catalog, loadCatalog } from './catalog.js';
export { normalizeSql } from './normalize.js';
export { loadParser } from './parser.js';
export { type StatementKind, statementKind } from './statement-kind.js';

/** Tells where a statement may run. Synchronous: `loadParser()` must have been awaited. */
export type Classifier = (sql: string) => Classification;

/** A classifier for one database, with a cache of its own keyed by the exact text. */
export function createClassifier(catalog: Catalog, cacheSize = 5000): Classifier {
  const cache = new LRUCache<string, Classification>({ max: cacheSize });
  return (sql) => {
    const known = cache.get(sql);
    if (known !== undefined) return known;
    const classification = classifyCarefully(sql, catalog);
    if (sql.length <= MAX_SQL_LENGTH) cache.set(sql, classification);
    return classification;
  };
}

const classifiers = new WeakMap<Catalog, Classifier>();

/** Where a statement may run, by a classifier kept for the catalog. `loadParser()` must have been awaited. */
export function classify(sql: string, catalog: Catalog): Classification {
  let classifier = classifiers.get(catalog);
  if (classifier === undefined) {
    classifier = createClassifier(catalog);
    classifiers.set(catalog, classifier);
  }
  return classifier(sql);
}

/** A tree may be too deep to walk: some thousand terms of a sum are. */
function classifyCarefully(sql: string, catalog: Catalog): Classification {
  try {
    return classifyUncached(sql, catalog);
  } catch (error) {
    if (error instanceof RangeError) return onPrimary('too deeply nested', 'possibly');
    throw error;
  }
}

function classifyUncached(sql: string, catalog: Catalog): Classification {
  const statements = parseStatements(sql);
  if (statements === undefined) return onPrimary(tooLong(sql) ?? 'not parseable', 'possibly');
  let worst = onReplica('empty');
  for (const statement of statements) {
    const next = classifyStatement(statement, catalog);
    if (statements.length === 1 || isWorse(next, worst)) worst = next;
    else if (worst.reason === 'empty') worst = next;
  }
  return worst;
}

function tooLong(sql: string): string | undefined {
  return sql.length > MAX_SQL_LENGTH ? 'text too long to parse' : undefined;
}

function onReplica(reason: string): Classification {
  return { target: 'replica', writes: 'never', reason };
}

function onPrimary(reason: string, writes: Writes, culprit?: string): Classification {
  return culprit === undefined
    ? { target: 'primary', writes, reason }
    : { target: 'primary', writes, reason, culprit };
}

const WRITES_RANK = { never: 0, possibly: 1, certainly: 2 };

function isWorse(a: Classification, b: Classification): boolean {
  if (a.target !== b.target) return a.target === 'primary';
  return WRITES_RANK[a.writes] > WRITES_RANK[b.writes];
}

/** Statements that live in one session, or end or begin something there: never on a pool's connection by chance. */
const SESSION_STATEMENTS: Record<string, Writes> = {
  VariableSetStmt: 'never',
  DiscardStmt: 'never',
  PrepareStmt: 'never',
  ExecuteStmt: 'possibly',
  DeallocateStmt: 'never',
  DeclareCursorStmt: 'never',
  FetchStmt: 'possibly',
  ClosePortalStmt: 'never',
  ListenStmt: 'never',
  UnlistenStmt: 'never',
  NotifyStmt: 'never',
  LoadStmt: 'never',
  LockStmt: 'never',
  ConstraintsSetStmt: 'never',
};

function classifyStatement(statement: Tree, catalog: Catalog): Classification {
  const name = nodeName(statement);
  const fields = statement[name] as Tree;
  switch (name) {
    case 'SelectStmt':
      return inspect(statement, catalog, 'run') ?? onReplica('SELECT');
    case 'VariableShowStmt':
      return onReplica('SHOW');
    case 'CopyStmt':
      return classifyCopy(fields, catalog);
    case 'ExplainStmt':
      return classifyExplain(fields, catalog);
    case 'TransactionStmt':
      return onPrimary('transaction control', /_PREPARED$/.test(String(fields.kind)) ? 'certainly' : 'never');
    case 'CallStmt':
    case 'DoStmt':
      return onPrimary(wordsOf(name), 'possibly');
  }
  const session = SESSION_STATEMENTS[name];
  if (session !== undefined) return onPrimary('session state', session, wordsOf(name));
  return onPrimary(wordsOf(name), 'certainly', relationName(fields.relation));
}

function classifyCopy(copy: Tree, catalog: Catalog): Classification {
  if (copy.is_from) return onPrimary('COPY FROM', 'certainly', relationName(copy.relation));
  if (copy.is_program || copy.filename !== undefined) {
    return onPrimary("COPY to the server's file system", 'possibly');
  }
  const query = copy.query as Tree | undefined;
  const inner = query === undefined ? inspect(copy, catalog, 'run') : classifyStatement(query, catalog);
  return inner?.target === 'primary' ? inner : onReplica('COPY TO');
}

function classifyExplain(explain: Tree, catalog: Catalog): Classification {
  const query = explain.query as Tree;
  if (hasKey(query, 'ExecuteStmt')) return onPrimary('session state', 'possibly', 'EXECUTE');
  if (!isAnalyzed(explain.options)) return inspect(query, catalog, 'plan') ?? onReplica('EXPLAIN');
  const inner = classifyStatement(query, catalog);
  return inner.target === 'primary' ? inner : onReplica('EXPLAIN ANALYZE');
}

/** Whether any ANALYZE option stands there that isn't plainly off. */
function isAnalyzed(options: unknown): boolean {
  if (!Array.isArray(options)) return false;
  return options.some((option) => {
    const element = fieldsOf(option, 'DefElem');
    if (element?.defname !== 'analyze') return false;
    const value = fieldsOf(element.arg, 'String')?.sval;
    return !(typeof value === 'string' && /^(off|false)$/i.test(value));
  });
}

function hasKey(tree: unknown, key: string): boolean {
  if (typeof tree !== 'object' || tree === null) return false;
  return Object.hasOwn(tree, key) || Object.values(tree).some((child) => hasKey(child, key));
}

/** `AlterTableStmt` is `ALTER TABLE`. */
function wordsOf(nodeName: string): string {
  return nodeName
    .replace(/Stmt$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase();
}

function relationName(relation: unknown): string | undefined {
  const name = (relation as Tree | undefined)?.relname;
  return typeof name === 'string' ? name : undefined;
}

/**
 * Looks for what keeps a query off a standby, at any depth. `run`: the query is executed. `plan`: only planned, which
 * still opens its relations and evaluates its stable functions.
 */
function inspect(tree: Tree, catalog: Catalog, mode: 'run' | 'plan'): Classification | undefined {
  return new Inspection(catalog, mode).of(tree);
}

class Inspection {
  #finding: Classification | undefined;
  /** Name of the view, function or type whose definition is being looked through. */
  #within: string | undefined;
  readonly #seen = new Set<string>();

  constructor(
    readonly catalog: Catalog,
    readonly mode: 'run' | 'plan',
  ) {}

  of(tree: Tree): Classification | undefined {
    this.#visit(tree);
    return this.#finding;
  }

  #found(reason: string, writes: Writes, culprit?: string): void {
    const through = this.#within;
    const named =
      through === undefined || through === culprit ? culprit : culprit ? `${through} (${culprit})` : through;
    // Planning changes nothing, whatever it is that can't be planned on a standby.
    const finding = onPrimary(reason, this.mode === 'plan' ? 'never' : writes, named);
    if (this.#finding === undefined || isWorse(finding, this.#finding)) this.#finding = finding;
  }

  #visit(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const item of value) this.#visit(item);
      return;
    }
    const node = value as Tree;
    if (node.funcname !== undefined) this.#function(names(node.funcname));
    else if (typeof node.relname === 'string') this.#relation(node);
    else if (node.names !== undefined && node.typemod !== undefined) this.#type(names(node.names));
    for (const key in node) {
      this.#key(key, node[key]);
      this.#visit(node[key]);
    }
  }

  #key(key: string, value: unknown): void {
    switch (key) {
      case 'A_Expr':
        this.#operator(names((value as Tree).name));
        return;
      case 'operName':
      case 'useOp':
        this.#operator(names(value));
        return;
      case 'ColumnRef':
        this.#attribute(names((value as Tree).fields).slice(1));
        return;
      case 'indirection':
        this.#attribute(names(value));
        return;
    }
    if (this.mode === 'plan') return;
    if (key === 'lockingClause') this.#found('locking clause', 'never');
    else if (key === 'intoClause') this.#found('SELECT INTO', 'certainly');
    else if (key.endsWith('Stmt') && key !== 'SelectStmt' && /^[A-Z]/.test(key)) {
      this.#found(`${wordsOf(key)} in a query`, 'certainly', relationName((value as Tree).relation));
    }
  }

  #function(path: string[]): void {
    const name = path.at(-1) ?? '';
    const schema = path.at(-2);
    const volatility = this.catalog.volatility(name, schema);
    // The planner evaluates what is stable, never what is volatile.
    if (this.mode === 'plan' && volatility === 'v') return;
    const denial = denied(name);
    if (denial) this.#found(denial.reason, denial.writes, name);
    else if (volatility === undefined) this.#found('unknown function', 'possibly', name);
    else if (volatility === 'v') this.#found('volatile function', 'possibly', name);
    else this.#facts(name, this.catalog.routine(name, schema), 'possibly');
  }

  #relation(range: Tree): void {
    const name = range.relname as string;
    const schema = range.schemaname as string | undefined;
    if (schema === 'pg_temp' || range.relpersistence === 't') this.#found('temporary table', 'never', name);
    else if (isLocalRelation(name)) this.#found('view of server state', 'never', name);
    else this.#facts(name, this.catalog.relation(name, schema), 'never');
  }

  #type(path: string[]): void {
    const name = path.at(-1) ?? '';
    this.#facts(name, this.catalog.type(name, path.at(-2)), 'possibly');
  }

  #operator(path: string[]): void {
    const name = path.at(-1);
    if (name !== undefined && this.catalog.volatileOperator(name)) {
      this.#found('operator of a volatile function', 'possibly', name);
    }
  }

  #attribute(path: string[]): void {
    for (const name of path) {
      if (this.catalog.volatileAttribute(name)) this.#found('volatile function', 'possibly', name);
    }
  }

  #facts(name: string, facts: Facts | undefined, writes: Writes): void {
    if (facts === undefined) return;
    if (facts.problem !== undefined) this.#found(facts.problem, writes, name);
    const outer = this.#within;
    this.#within ??= name;
    for (const definition of facts.definitions) {
      if (this.#seen.has(definition)) continue;
      this.#seen.add(definition);
      const statements = parseStatements(definition);
      if (statements === undefined) this.#found('definition not parseable', 'possibly', name);
      else for (const statement of statements) this.#visit(statement);
    }
    this.#within = outer;
  }
}
