import { LRUCache } from 'lru-cache';
import type { Catalog } from './catalog.js';
import { type Classification, isWorse, onPrimary, onReplica } from './classification.js';
import { hintOf } from './comments.js';
import { Definitions } from './definitions.js';
import { NO_EFFECT, type SessionEffect, UNKNOWN_CODE } from './effect.js';
import { isLocalSetting } from './functions.js';
import { Inspection } from './inspect.js';
import {
  commandOf,
  fieldsOf,
  hasNode,
  isParseable,
  MAX_SQL_LENGTH,
  nodeName,
  parseStatements,
  relationName,
  type Tree,
} from './parse.js';
import { SessionSearch } from './session-search.js';
import { shapeOf } from './shape.js';
import { combined } from './statement-effect.js';
import { changesCatalog, DATA_STATEMENTS, isQuery, SESSION_STATEMENTS } from './statements.js';
import { UnparsedText } from './unparsed-text.js';

/** Tells where a statement may run. Synchronous: `loadParser()` must have been awaited. */
export interface Classifier {
  (sql: string): Classification;
  /** Whether a statement may change what the catalog knows: DDL, or a block that may run some. */
  changesCatalog(sql: string): boolean;
  /** Judges by another catalog from here on, and forgets what it answered by the one before. */
  use(catalog: Catalog): void;
}

interface Answer {
  classification: Classification;
  changesCatalog: boolean;
}

/**
 * A classifier for one database.
 * @param cacheSize how many answers it keeps by the exact text, and as many by the text without its literals
 */
export function createClassifier(catalog: Catalog, cacheSize = 5000): Classifier {
  const cache = new LRUCache<string, Answer>({ max: cacheSize });
  let database = new Database(catalog, cacheSize);
  /** On its way from step to step a statement is asked about several times in a row. */
  let last: { sql: string; answer: Answer } | undefined;
  const answer = (sql: string): Answer => {
    if (last?.sql === sql) return last.answer;
    let known = cache.get(sql);
    if (known === undefined) {
      known = database.answer(sql);
      if (sql.length > MAX_SQL_LENGTH) return known;
      cache.set(sql, known);
    }
    last = { sql, answer: known };
    return known;
  };
  return Object.assign((sql: string) => answer(sql).classification, {
    changesCatalog: (sql: string) => answer(sql).changesCatalog,
    use: (other: Catalog) => {
      database = new Database(other, cacheSize);
      cache.clear();
      last = undefined;
    },
  });
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

/** Judges statements by one state of a database's catalog. */
class Database {
  readonly #definitions = new Definitions();
  /** Answers that hold for all statements of a shape. */
  readonly #byShape: LRUCache<string, Answer>;
  /** Whether the answer being made may be another one where a literal has another value. */
  #readsLiterals = false;

  constructor(
    readonly catalog: Catalog,
    shapesKept: number,
  ) {
    this.#byShape = new LRUCache({ max: shapesKept });
  }

  answer(sql: string): Answer {
    if (!isParseable(sql)) return this.#unparsed(sql);
    const shape = shapeOf(sql);
    let answer = this.#byShape.get(shape);
    if (answer === undefined) {
      const statements = parseStatements(sql);
      if (statements === undefined) return this.#unparsed(sql);
      answer = this.#read(statements);
      if (!this.#readsLiterals && areQueries(statements)) this.#byShape.set(shape, answer);
    }
    const hint = hintOf(sql);
    return hint === undefined ? answer : { ...answer, classification: { ...answer.classification, hint } };
  }

  #unparsed(sql: string): Answer {
    const classification = onPrimary(sql.length > MAX_SQL_LENGTH ? 'too-long' : 'unparseable', 'possibly');
    const text = new UnparsedText(sql);
    classification.effect = new SessionSearch(this.catalog, this.#definitions).ofText(text);
    return { classification, changesCatalog: text.mayDefine };
  }

  #read(statements: Tree[]): Answer {
    this.#readsLiterals = false;
    const classification = this.#classify(statements);
    return { classification, changesCatalog: statements.some(changesCatalog) };
  }

  #classify(statements: Tree[]): Classification {
    let worst = onReplica('empty');
    const effects: SessionEffect[] = [];
    for (const statement of statements) {
      const next = this.#judge(statement);
      effects.push(next.effect);
      if (worst.reason === 'empty' || isWorse(next, worst)) worst = next;
    }
    worst.effect = combined(effects);
    return worst;
  }

  #judge(statement: Tree): Classification {
    try {
      const classification = this.#statement(statement);
      classification.effect = this.#effect(statement, classification);
      return classification;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // A tree may be too deep to walk: some thousand terms of a sum are.
      const classification = onPrimary('too-deep', 'possibly');
      classification.effect = UNKNOWN_CODE;
      return classification;
    }
  }

  #effect(statement: Tree, { target, reason }: Classification): SessionEffect {
    // All that a query runs has been looked at by then, and nothing found that does more than read.
    if (target === 'replica' && reason !== 'show') return NO_EFFECT;
    const search = new SessionSearch(this.catalog, this.#definitions);
    const effect = search.of(statement);
    this.#readsLiterals ||= search.readsLiterals;
    return effect;
  }

  #statement(statement: Tree): Classification {
    const name = nodeName(statement);
    const fields = statement[name] as Tree;
    switch (name) {
      case 'SelectStmt':
        return this.#inspect(statement, 'run') ?? onReplica('select');
      case 'VariableShowStmt':
        return isLocalSetting(String(fields.name))
          ? onPrimary('server-setting', 'never', String(fields.name))
          : onReplica('show');
      case 'CopyStmt':
        return this.#copy(fields);
      case 'ExplainStmt':
        return this.#explain(fields);
      case 'TransactionStmt':
        return onPrimary(
          'transaction-control',
          /_PREPARED$/.test(String(fields.kind)) ? 'certainly' : 'never',
        );
      case 'CallStmt':
      case 'DoStmt':
        return onPrimary('code-block', 'possibly', commandOf(name));
    }
    const writes = SESSION_STATEMENTS[name];
    if (writes !== undefined) return onPrimary('session-state', writes, commandOf(name));
    const data = DATA_STATEMENTS[name];
    if (data !== undefined) return onPrimary(data, 'certainly', relationName(fields.relation));
    return onPrimary('utility', 'certainly', commandOf(name));
  }

  #copy(copy: Tree): Classification {
    if (copy.is_from) return onPrimary('copy-from', 'certainly', relationName(copy.relation));
    if (copy.is_program || copy.filename !== undefined) return onPrimary('copy-to-server', 'possibly');
    const query = copy.query as Tree | undefined;
    const inner = query === undefined ? this.#inspect(copy, 'run') : this.#statement(query);
    return inner?.target === 'primary' ? inner : onReplica('copy-to');
  }

  #explain(explain: Tree): Classification {
    const query = explain.query as Tree;
    if (hasNode(query, (_, name) => name === 'ExecuteStmt')) {
      return onPrimary('session-state', 'possibly', 'EXECUTE');
    }
    if (!isAnalyzed(explain.options)) return this.#inspect(query, 'plan') ?? onReplica('explain');
    const inner = this.#statement(query);
    return inner.target === 'primary' ? inner : onReplica('explain-analyze');
  }

  #inspect(tree: Tree, mode: 'run' | 'plan'): Classification | undefined {
    const inspection = new Inspection(this.catalog, this.#definitions, mode);
    const finding = inspection.of(tree);
    this.#readsLiterals ||= inspection.readsLiterals;
    return finding;
  }
}

/** Options and settings are literals that decide; those of a query do only where a function reads them. */
function areQueries(statements: Tree[]): boolean {
  return statements.length > 0 && statements.every((statement) => isQuery(nodeName(statement)));
}

/** Of several ANALYZE options the last counts, as for the server. One that isn't plainly off is on. */
function isAnalyzed(options: unknown): boolean {
  const all = Array.isArray(options) ? options.map((option) => fieldsOf(option, 'DefElem')) : [];
  const analyze = all.filter((option) => option?.defname === 'analyze').at(-1);
  if (analyze === undefined) return false;
  const number = fieldsOf(analyze.arg, 'Integer');
  if (number !== undefined) return (number.ival ?? 0) !== 0;
  return !/^(off|false)$/i.test(String(fieldsOf(analyze.arg, 'String')?.sval));
}
