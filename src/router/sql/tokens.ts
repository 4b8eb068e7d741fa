/** A token of SQL as PostgreSQL's own scanner sees it, with standard_conforming_strings on. White space is none. */
export interface Token {
  /** `word`: a key word or identifier, quoted or not. `other`: a character of an operator or the like. */
  kind: 'comment' | 'literal' | 'parameter' | 'word' | 'other';
  text: string;
  /** Where it begins, in UTF-16 code units. */
  start: number;
}

const DIGITS = String.raw`\d(?:_?\d)*`;
const LETTER = String.raw`[A-Za-z_\u0080-\uffff]`;
/** A string goes on behind white space with a new line in it. */
const CONTINUED = String.raw`'[ \t\f\v]*[\n\r][ \t\n\r\f\v]*'`;

/**
 * A token, of which only the beginning if it is a nested comment or a string in dollars. Without groups: they would
 * cost as much as all else.
 * @see https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
const TOKEN = new RegExp(
  [
    String.raw`--[^\n\r]*|/\*`,
    String.raw`[eE]'[^'\\]*(?:(?:\\[\s\S]|''|${CONTINUED})[^'\\]*)*'`,
    `(?:[bBnNxX]|[uU]&)?'[^']*(?:(?:''|${CONTINUED})[^']*)*'`,
    String.raw`\$(?:${LETTER}(?:${LETTER}|\d)*)?\$`,
    String.raw`0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+`,
    String.raw`(?:${DIGITS}(?:\.(?!\.)(?:${DIGITS})?)?|\.${DIGITS})(?:[eE][-+]?${DIGITS})?`,
    String.raw`\$\d+`,
    String.raw`(?:[uU]&)?"(?:[^"]|"")*"|${LETTER}(?:${LETTER}|[\d$])*`,
    String.raw`[\s\S]`,
  ].join('|'),
  'y',
);

/** The tokens of a text. Of one that doesn't parse they are a guess. Several times cheaper than the grammar's scanner. */
export function* tokensOf(sql: string): Generator<Token> {
  let start = 0;
  for (;;) {
    while (isSpace(sql.charCodeAt(start))) start++;
    if (start >= sql.length) return;
    // Others may be read between two tokens of this one.
    TOKEN.lastIndex = start;
    TOKEN.test(sql);
    let text = sql.slice(start, TOKEN.lastIndex);
    let kind = kindOf(text);
    if (text === '/*' || (kind === 'literal' && text.startsWith('$'))) {
      const end = text === '/*' ? endOfComment(sql, start) : endOfDollars(sql, start, text);
      // Without an end it is neither.
      if (end === undefined) kind = 'other';
      text = sql.slice(start, end);
    }
    yield { kind, text, start };
    start += text.length;
  }
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** A token's first and last characters tell it. */
function kindOf(text: string): Token['kind'] {
  const first = text.charCodeAt(0);
  if (isLetter(first)) return text.endsWith("'") ? 'literal' : 'word';
  if (isDigit(first)) return 'literal';
  if (text.length === 1) return 'other';
  if (text.startsWith('$')) return isDigit(text.charCodeAt(1)) ? 'parameter' : 'literal';
  if (text.startsWith('"')) return 'word';
  return text === '/*' || text.startsWith('--') ? 'comment' : 'literal';
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code >= 128;
}

function endOfDollars(sql: string, start: number, tag: string): number | undefined {
  const at = sql.indexOf(tag, start + tag.length);
  return at < 0 ? undefined : at + tag.length;
}

/** Comments nest. */
function endOfComment(sql: string, start: number): number | undefined {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start + 2;
  for (let depth = 1; depth > 0; ) {
    const match = edge.exec(sql);
    if (match === null) return undefined;
    depth += match[0] === '/*' ? 1 : -1;
  }
  return edge.lastIndex;
}
