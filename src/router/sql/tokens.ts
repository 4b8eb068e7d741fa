const KINDS = ['comment', 'literal', 'parameter', 'word'] as const;

/** A token of SQL as PostgreSQL's own scanner sees it, with standard_conforming_strings on. White space is none. */
export interface Token {
  /** `word`: a key word or identifier, quoted or not. `other`: a character of an operator or the like. */
  kind: (typeof KINDS)[number] | 'other';
  text: string;
  /** Where it begins, in UTF-16 code units. */
  start: number;
}

const DIGITS = String.raw`\d(?:_?\d)*`;
const LETTER = String.raw`[A-Za-z_\u0080-\uffff]`;
/** A string goes on behind white space with a new line in it. */
const CONTINUED = String.raw`'[ \t\f\v]*[\n\r][ \t\n\r\f\v]*'`;

/** @see https://www.postgresql.org/docs/current/sql-syntax-lexical.html */
const TOKEN = new RegExp(
  [
    String.raw`(?<comment>--[^\n\r]*|/\*)`,
    String.raw`(?<literal>[eE]'[^'\\]*(?:(?:\\[\s\S]|''|${CONTINUED})[^'\\]*)*'`,
    `(?:[bBnNxX]|[uU]&)?'[^']*(?:(?:''|${CONTINUED})[^']*)*'`,
    String.raw`(?<dollars>\$(?:${LETTER}(?:${LETTER}|\d)*)?\$)`,
    String.raw`0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+`,
    String.raw`(?:${DIGITS}(?:\.(?!\.)(?:${DIGITS})?)?|\.${DIGITS})(?:[eE][-+]?${DIGITS})?)`,
    String.raw`(?<parameter>\$\d+)`,
    String.raw`(?<word>(?:[uU]&)?"(?:[^"]|"")*"|${LETTER}(?:${LETTER}|[\d$])*)`,
    String.raw`\S`,
  ].join('|'),
  'g',
);

/** The tokens of a text. Of one that doesn't parse they are a guess. Several times cheaper than the grammar's scanner. */
export function* tokensOf(sql: string): Generator<Token> {
  let end = 0;
  for (;;) {
    // Others may be read between two tokens of this one.
    TOKEN.lastIndex = end;
    const match = TOKEN.exec(sql);
    if (match === null) return;
    end = TOKEN.lastIndex;
    const groups = match.groups!;
    if (groups.comment === '/*') end = endOfComment(sql, match.index);
    else if (groups.dollars !== undefined) {
      const at = sql.indexOf(groups.dollars, end);
      end = at < 0 ? sql.length : at + groups.dollars.length;
    }
    const kind = KINDS.find((name) => groups[name] !== undefined) ?? 'other';
    yield { kind, text: sql.slice(match.index, end), start: match.index };
  }
}

/** Comments nest. */
function endOfComment(sql: string, start: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start + 2;
  for (let depth = 1; depth > 0; ) {
    const match = edge.exec(sql);
    if (match === null) return sql.length;
    depth += match[0] === '/*' ? 1 : -1;
  }
  return edge.lastIndex;
}
