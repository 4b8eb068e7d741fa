import { parseStatements, type Tree } from './parse.js';
import { type Token, tokensOf } from './tokens.js';
import { walk } from './walk.js';

const UNPARSEABLE = '<unparseable statement>';

/**
 * A statement's text with every literal replaced by `$n`, comments left out and white space made single: safe to
 * show, and the same for statements that differ in their values only. It works on tokens, not on expressions, so it
 * covers passwords, option values and function bodies as well. What doesn't parse is not shown at all, since a
 * literal may hide there as anything. `loadParser()` must have been awaited.
 */
export function normalizeSql(sql: string): string {
  const statements = parseStatements(sql);
  if (statements === undefined) return UNPARSEABLE;
  if (statements.length === 0) return '';
  try {
    return replaceLiterals(sql, (n) => `$${n}`, wordsThatAreValues(statements));
  } catch {
    return UNPARSEABLE;
  }
}

/**
 * A text of any kind, without comments and with one mark for every literal and for lists of them: what statements
 * share that differ in nothing else. Not to be shown. Far cheaper than to parse it.
 */
export function shapeOf(sql: string): string {
  return replaceLiterals(sql, () => '?').replace(/\?(?:, ?\?)+/g, '?');
}

/**
 * @param mark what stands for the literal of that number; numbers begin behind those of the parameters
 * @param values byte offsets of words that are literals where they stand
 */
function replaceLiterals(sql: string, mark: (n: number) => string, values?: Set<number>): string {
  const tokens = tokensOf(sql);
  const isValue = ({ text, start }: Token) =>
    values?.size && text !== '-' && values.has(Buffer.byteLength(sql.slice(0, start)));
  let next = 1;
  for (const { kind, text } of tokens) {
    if (kind === 'parameter') next = Math.max(next, Number(text.slice(1)) + 1);
  }
  let out = '';
  let end = 0;
  for (const token of tokens) {
    const gap = token.start > end;
    end = token.start + token.text.length;
    if (token.kind === 'comment') continue;
    if (gap && out !== '') out += ' ';
    out += token.kind === 'literal' || isValue(token) ? mark(next++) : token.text;
  }
  return out;
}

/** `SET x TO secret` has its value as a bare word: byte offsets of such words. */
function wordsThatAreValues(statements: Tree[]): Set<number> {
  const offsets = new Set<number>();
  walk(statements, (set, name) => {
    if (name !== 'VariableSetStmt' && name !== 'setstmt') return true;
    walk(set, (value, type) => {
      if (type === 'A_Const') offsets.add(Number(value.location ?? 0));
    });
    return false;
  });
  return offsets;
}
