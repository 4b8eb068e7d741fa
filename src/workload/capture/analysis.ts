import { LRUCache } from 'lru-cache';
import type { Category } from '../../record/pure.js';
import {
  assumeReadOnlyCatalog,
  classify,
  fieldsOf,
  MAX_SQL_LENGTH,
  nodeName,
  parseStatements,
  type StatementKind,
  statementKind,
  type Tree,
} from '../../router/sql/index.js';
import { declaredCategory } from '../category-comment.js';
import type { Priority } from '../trace.js';
import type { SkipCode } from './statements.js';

/** What the importer needs to know of a statement's text. */
export interface Analysis {
  /** `SELECT`, `INSERT`, `BEGIN`... */
  kind: string;
  category: Category;
  /** Whether a replica could answer it. */
  replicaSafe: boolean;
  /** What it does to its session's transaction; `begin-read-only` is one that a router may send to a replica. */
  transaction: 'begin' | 'begin-read-only' | 'end' | 'none';
  /** It has placeholders such as `$1`. */
  takesParameters: boolean;
  unreplayable: SkipCode | undefined;
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
 * parsing is the most expensive part of an import. The shape of a statement is its text without literals and
 * comments. The router's `loadParser()` must have been awaited.
 */
export class Analyst {
  readonly #byText = new LRUCache<string, Analysis>({ max: 5000 });
  readonly #byShape = new LRUCache<string, Analysis>({ max: 5000 });

  analyse(text: string): Analysis {
    let analysis = this.#byText.get(text);
    if (analysis) return analysis;
    const shape = shapeOf(text);
    // The options of EXPLAIN and the like are literals that decide, and the grammar refuses long texts: only plain
    // statements share a verdict.
    const isPlain =
      text.length <= MAX_SQL_LENGTH && /^(select|insert|update|delete|with|values)\b/i.test(shape.sql);
    const key = isPlain ? `${declaredCategory(shape.comments)} ${shape.sql}` : undefined;
    analysis = (key === undefined ? undefined : this.#byShape.get(key)) ?? analyseOnce(text, shape);
    if (key !== undefined) this.#byShape.set(key, analysis);
    if (text.length < 2000) this.#byText.set(text, analysis);
    return analysis;
  }
}

function analyseOnce(text: string, { sql, comments }: Shape): Analysis {
  const statements = parseStatements(text);
  const replicaSafe = classify(text, assumeReadOnlyCatalog).target === 'replica';
  const sessionKind = statementKind(text);
  return {
    kind: kindOf(statements, sql),
    replicaSafe,
    category: replicaSafe ? (declaredCategory(comments) ?? 'read') : 'write',
    transaction: transactionEffect(sessionKind),
    takesParameters: /\$\d/.test(sql),
    unreplayable:
      sessionKind.kind === 'copy-data'
        ? 'copyData'
        : sql.replaceAll(';', '').trim() === ''
          ? 'empty'
          : statements?.some(copiesServerFile)
            ? 'copyFile'
            : undefined,
  };
}

const WORDS: Record<string, string> = {
  SelectStmt: 'SELECT',
  InsertStmt: 'INSERT',
  UpdateStmt: 'UPDATE',
  DeleteStmt: 'DELETE',
  MergeStmt: 'MERGE',
};

/** The statement's first keyword, which is no literal: the text has been parsed, or begins with a well-known one. */
function kindOf(statements: Tree[] | undefined, sql: string): string {
  if (statements && statements.length > 1) return 'several statements';
  const word = /^[a-z]+/i.exec(sql)?.[0].toUpperCase() ?? '';
  if (statements?.[0]) return WORDS[nodeName(statements[0])] ?? (word || 'other');
  return /^(SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|CREATE|DO)$/.test(word) ? word : 'not parseable';
}

function transactionEffect(statement: StatementKind): Analysis['transaction'] {
  if (statement.kind === 'begin') {
    return statement.readOnly && !statement.serializable ? 'begin-read-only' : 'begin';
  }
  if (statement.kind !== 'commit' && statement.kind !== 'rollback') return 'none';
  return statement.chain ? 'begin' : 'end';
}

/** COPY with a file or a program of the server: on replay that would be a file or a program of this machine. */
function copiesServerFile(statement: Tree): boolean {
  const copy = fieldsOf(statement, 'CopyStmt');
  return copy !== undefined && (copy.filename !== undefined || copy.is_program === true);
}

interface Shape {
  /** The text with every literal emptied, numbers as 0, white space and comments as one blank. */
  sql: string;
  comments: string;
}

const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?\*\/|[eE]'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*'|'[^']*(?:''[^']*)*'|"[^"]*"|\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|\$\d+|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d[\w.]*|\s+/g;

/** Takes the literals and comments out of a statement. */
export function shapeOf(text: string): Shape {
  let sql = '';
  let comments = '';
  let done = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const token = match[0];
    sql += text.slice(done, match.index);
    done = TOKEN.lastIndex;
    const first = token.charCodeAt(0);
    if (token.startsWith('--')) {
      comments += token;
      sql += ' ';
    } else if (token.startsWith('/*')) {
      done = TOKEN.lastIndex = endOfComment(text, match.index);
      comments += text.slice(match.index, done);
      sql += ' ';
    } else if (token.endsWith("'")) {
      sql += "''";
    } else if (first === 0x24 && token.endsWith('$')) {
      const end = text.indexOf(token, done);
      done = TOKEN.lastIndex = end === -1 ? text.length : end + token.length;
      sql += "''";
    } else if (first >= 0x30 && first <= 0x39) {
      sql += '0';
    } else {
      sql += first <= 0x20 ? ' ' : token;
    }
  }
  sql += text.slice(done);
  // Lists of literals of any length have one shape.
  return {
    sql: sql
      .replace(/ +/g, ' ')
      .trim()
      .replace(/(?:''|0)(?:, ?(?:''|0))+/g, '0'),
    comments,
  };
}

/** Comments nest. */
function endOfComment(text: string, start: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start + 2;
  let depth = 1;
  for (let match = edge.exec(text); match; match = edge.exec(text)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return text.length;
}
