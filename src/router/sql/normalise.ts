import { parseStatements, type Tree, walk } from './parse.js';
import { type Token, tokensOf } from './tokens.js';

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
    const values = wordsThatAreValues(statements);
    const parameters = [...tokensOf(sql)].filter(({ kind }) => kind === 'parameter');
    let last = Math.max(0, ...parameters.map(({ text }) => Number(text.slice(1))));
    const isValue = ({ text, start }: Token) =>
      values.size > 0 && text !== '-' && values.has(Buffer.byteLength(sql.slice(0, start)));
    return replaceLiterals(sql, () => `$${++last}`, isValue);
  } catch {
    return UNPARSEABLE;
  }
}

/** @param isValue whether a word is a literal where it stands */
function replaceLiterals(sql: string, mark: () => string, isValue = (_: Token) => false): string {
  let out = '';
  let end = 0;
  for (const token of tokensOf(sql)) {
    // A comment is white space.
    if (token.kind === 'comment') continue;
    if (token.start > end && out !== '') out += ' ';
    end = token.start + token.text.length;
    out += token.kind === 'literal' || isValue(token) ? mark() : token.text;
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
