import { LRUCache } from 'lru-cache';
import type { Category } from '../../record/pure.js';
import {
  assumeReadOnlyCatalog,
  beginsOnReplica,
  type Catalog,
  categoryOf,
  classify,
  commandOf,
  fieldsOf,
  hintOf,
  isParseable,
  isQuery,
  nodeName,
  parseStatements,
  type SessionEffect,
  shapeOf,
  type TransactionEffect,
  type Tree,
} from '../../router/sql/index.js';
import type { Priority } from '../trace.js';
import type { SkipCode } from './statements.js';

/** What the importer needs to know of a statement's text. */
export interface Analysis {
  /** `SELECT`, `INSERT`, `BEGIN`... */
  kind: string;
  category: Category;
  /** Whether a replica could answer it. */
  replicaSafe: boolean;
  /** All that it does is to steer its session: a transaction's edge, a savepoint, a setting or a reset. */
  steers: boolean;
  /** What it does to its session's transaction; `begin-read-only` is one that a router may send to a replica. */
  transaction: 'begin' | 'begin-read-only' | 'end' | 'none';
  /** How many parameters it takes: the highest of its placeholders, such as `$1`. */
  parameters: number;
  /** What it does with statements that SQL prepares, in its order. */
  prepared: readonly PreparedStep[];
  unreplayable: SkipCode | undefined;
}

/** A statement prepared under a name, run or forgotten; without a name, all are forgotten. */
export interface PreparedStep {
  does: 'prepare' | 'execute' | 'forget';
  name: string | undefined;
}

/** How worth moving to a replica a captured statement is: reports first, then plain reads; the rest stays anyway. */
export const PRIORITY: Record<Category, Priority> = {
  analytics: 'high',
  read: 'medium',
  realtime: 'low',
  write: 'low',
};

/**
 * Analyses statements by PostgreSQL's grammar, each shape once: a log repeats few statements with many literals, and
 * parsing is the most expensive part of an import. The router's `loadParser()` must have been awaited.
 */
export class Analyst {
  readonly #byText = new LRUCache<string, Analysis>({ max: 5000 });
  readonly #byShape = new LRUCache<string, Analysis>({ max: 5000 });

  /** @param catalog what is known of functions, views and types; by default they all read */
  constructor(readonly catalog: Catalog = assumeReadOnlyCatalog) {}

  analyse(text: string): Analysis {
    let analysis = this.#byText.get(text);
    if (analysis) return analysis;
    const shape = shapeOf(text);
    // The options of EXPLAIN and the like are literals that decide, and the grammar refuses long texts: only plain
    // statements share a verdict.
    const isPlain = isParseable(text) && /^(select|insert|update|delete|with|values)\b/i.test(shape);
    const key = isPlain ? `${hintOf(text)?.category} ${shape}` : undefined;
    analysis = key === undefined ? undefined : this.#byShape.get(key);
    if (!analysis) {
      analysis = analyseOnce(text, shape, this.catalog);
      if (key !== undefined) this.#byShape.set(key, analysis);
    }
    if (text.length < 2000) this.#byText.set(text, analysis);
    return analysis;
  }
}

function analyseOnce(text: string, shape: string, catalog: Catalog): Analysis {
  const statements = parseStatements(text);
  const classification = classify(text, catalog);
  const { effect } = classification;
  const kind = kindOf(statements, shape);
  return {
    kind,
    replicaSafe: classification.target === 'replica',
    category: categoryOf(classification),
    steers: effect.onlySets || (statements?.length === 1 && steers(kind, effect)),
    transaction: whatBecomesOf(effect.transaction),
    parameters: Math.max(0, ...[...shape.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number))),
    prepared: statements?.flatMap(preparedStep) ?? [],
    unreplayable: effect.copiesIn
      ? 'copyData'
      : shape.replaceAll(';', '').trim() === ''
        ? 'empty'
        : statements?.some(copiesServerFile)
          ? 'copyFile'
          : undefined,
  };
}

function steers(kind: string, { transaction, clears, settings }: SessionEffect): boolean {
  return transaction !== undefined || clears.length > 0 || (kind === 'SELECT' && settings.length > 0);
}

/** The statement's first keyword, which is no literal: the text has been parsed, or begins with a well-known one. */
function kindOf(statements: Tree[] | undefined, shape: string): string {
  if (statements && statements.length > 1) return 'several statements';
  const word = /^[a-z]+/i.exec(shape)?.[0].toUpperCase() ?? '';
  if (statements?.[0]) {
    const node = nodeName(statements[0]);
    return isQuery(node) ? commandOf(node) : word || 'other';
  }
  return /^(SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|CREATE|DO)$/.test(word) ? word : 'not parseable';
}

function whatBecomesOf(transaction: TransactionEffect | undefined): Analysis['transaction'] {
  switch (transaction?.kind) {
    case 'begin':
      return beginsOnReplica(transaction) ? 'begin-read-only' : 'begin';
    case 'commit':
    case 'rollback':
      return transaction.chain ? 'begin' : 'end';
    default:
      return 'none';
  }
}

function preparedStep(statement: Tree): PreparedStep[] {
  const inner = fieldsOf(statement, 'ExplainStmt') ?? fieldsOf(statement, 'CreateTableAsStmt');
  if (inner) return preparedStep(inner.query as Tree);
  const name = (node: string) => fieldsOf(statement, node)?.name as string | undefined;
  switch (nodeName(statement)) {
    case 'PrepareStmt':
      return [{ does: 'prepare', name: name('PrepareStmt') }];
    case 'ExecuteStmt':
      return [{ does: 'execute', name: name('ExecuteStmt') }];
    case 'DeallocateStmt':
      return [{ does: 'forget', name: name('DeallocateStmt') }];
    case 'DiscardStmt':
      return fieldsOf(statement, 'DiscardStmt')?.target === 'DISCARD_ALL'
        ? [{ does: 'forget', name: undefined }]
        : [];
    default:
      return [];
  }
}

/** COPY with a file or a program of the server: on replay that would be a file or a program of this machine. */
function copiesServerFile(statement: Tree): boolean {
  const copy = fieldsOf(statement, 'CopyStmt');
  return copy !== undefined && (copy.filename !== undefined || copy.is_program === true);
}
