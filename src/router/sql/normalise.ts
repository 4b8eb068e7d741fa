import { fieldsOf, parseStatements, scanTokens, type Tree } from './parse.js';

export const UNPARSEABLE = '<unparseable statement>';

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
    return replaceLiterals(sql, new Set(wordsThatAreValues(statements)));
  } catch {
    return UNPARSEABLE;
  }
}

function replaceLiterals(sql: string, values: Set<number>): string {
  const types = tokenTypes();
  const tokens = scanTokens(sql);
  let next = 1;
  for (const token of tokens) {
    if (token.tokenType === types.param) next = Math.max(next, Number(token.text.slice(1)) + 1);
  }
  let out = '';
  let end = 0;
  for (const token of tokens) {
    const gap = token.start > end;
    end = token.end;
    if (types.comments.has(token.tokenType)) continue;
    if (gap && out !== '') out += ' ';
    const literal = types.literals.has(token.tokenType) || (values.has(token.start) && token.text !== '-');
    out += literal ? `$${next++}` : token.text;
  }
  return out;
}

/** `SET x TO secret` has its value as a bare word: byte offsets of such words. */
function wordsThatAreValues(value: unknown, inSet = false): number[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => wordsThatAreValues(item, inSet));
  const node = value as Tree;
  const constant = inSet ? fieldsOf(node, 'A_Const') : undefined;
  if (constant !== undefined) return [Number(constant.location ?? 0)];
  return Object.entries(node).flatMap(([key, child]) =>
    wordsThatAreValues(child, inSet || key === 'VariableSetStmt' || key === 'setstmt'),
  );
}

interface TokenTypes {
  literals: Set<number>;
  comments: Set<number>;
  param: number;
}

let known: TokenTypes | undefined;

/** The numbers that the loaded grammar gives to its kinds of tokens; they change between PostgreSQL's versions. */
function tokenTypes(): TokenTypes {
  known ??= {
    literals: typesIn("'a' U&'a' N'a' B'1' X'1' 1 1.5", /['\d]/),
    comments: typesIn('-- a\n/* a */', /a/),
    param: scanTokens('$1')[0]!.tokenType,
  };
  return known;
}

function typesIn(sample: string, which: RegExp): Set<number> {
  return new Set(
    scanTokens(sample)
      .filter((token) => which.test(token.text))
      .map((token) => token.tokenType),
  );
}
