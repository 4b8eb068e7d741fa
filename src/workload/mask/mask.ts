import { LRUCache } from 'lru-cache';
import { isParseable, parseStatements, tagsOf, tokensOf, withTags } from '../../router/sql/index.js';
import { type Role, type Roles, rolesIn } from './roles.js';
import { type MaskKinds, ValueMask } from './values.js';

/** How a trace is masked. */
export interface Masking {
  key: string;
  kinds: MaskKinds;
}

/** What is lost to a mask, counted. */
export class MaskLosses {
  /** Values that were compared by their order: `<`, `BETWEEN`. */
  order = 0;
  /** Patterns, which are masked as a whole: `LIKE`. */
  pattern = 0;
  /** Statements that don't parse: each is replaced by a text that doesn't, either. */
  unparseable = 0;
}

/** Fails as what doesn't parse did: with 42601. */
const UNPARSEABLE = 'masked: this text could not be parsed';
/** What else comments say may be anything. */
const KEPT_TAGS = ['action', 'category', 'controller', 'group', 'job', 'route', 'target'];

const CODE: Role = { use: 'code' };
const DATA: Role = { use: 'data' };
const TEXT: Role = { use: 'text' };

/** Which setting it is decides whether its value is one of the application's, and an encoding how bytes are written. */
const READS_A_LITERAL = /\b(set_config|decode)\b/i;
/** Longer texts hardly come again. */
const MOST_KEPT = 4000;

/** A statement, and the values of its parameters, if it has some. */
interface Sql {
  text: string;
  values: (string | null)[] | undefined;
}

/** What a text's pieces and parameters are to it. */
interface Template {
  roles: (Role | undefined)[];
  parameters: Roles['parameters'];
}

/** Masks statements: their literals, found by PostgreSQL's grammar, and the values of their parameters. */
export class StatementMask {
  readonly #values: ValueMask;
  /** By the text without its values: what each of its literals is, in their order, and each parameter. */
  readonly #templates = new LRUCache<string, Template>({ max: 2000 });

  constructor(private readonly masking: Masking) {
    this.#values = new ValueMask(masking.key);
  }

  /**
   * The statement, masked. The router's `loadParser()` must have been awaited.
   * @param losses what it loses is added to them
   */
  of({ text, values }: Sql, losses: MaskLosses): Sql {
    const pieces = piecesOf(text);
    const template = this.#templateOf(text, pieces);
    if (template === undefined) {
      losses.unparseable++;
      return { text: UNPARSEABLE, values: values && [] };
    }
    return {
      text: this.#rewritten(pieces, template.roles, losses) + tagsKept(text),
      values: values?.map((value, i) =>
        value === null ? null : this.#value(value, template.parameters.get(i + 1) ?? TEXT, losses),
      ),
    };
  }

  /** @returns undefined if the text can't be parsed */
  #templateOf(text: string, pieces: Piece[]): Template | undefined {
    const key = READS_A_LITERAL.test(text) ? text : pieces.map(markOf).join(' ');
    const known = this.#templates.get(key);
    if (known) return known;
    // What is too long for the parser holds rows, mostly.
    if (!isParseable(text))
      return { roles: pieces.map(({ isLiteral }) => (isLiteral ? DATA : undefined)), parameters: new Map() };
    const statements = parseStatements(text);
    if (statements === undefined) return undefined;
    const { literals, parameters } = rolesIn(statements);
    const roles = pieces.map(({ token, isLiteral, at, signAt = at }) => {
      const role = literals.get(at) ?? literals.get(signAt);
      return isLiteral || (role?.isBare && !SWITCH.test(token)) ? role : undefined;
    });
    const template = { roles, parameters };
    if (text.length <= MOST_KEPT) this.#templates.set(key, template);
    return template;
  }

  /** @param roles of the pieces; a literal without one is a part of a definition */
  #rewritten(pieces: Piece[], roles: Template['roles'], losses: MaskLosses): string {
    return pieces
      .map((piece, i) => {
        const role = roles[i];
        const isValue = piece.isLiteral || role !== undefined;
        return piece.gap + (isValue ? this.#literal(piece.token, role, losses) : piece.token);
      })
      .join('');
  }

  #literal(token: string, role: Role | undefined, losses: MaskLosses): string {
    if (role?.use === 'word' || BITS.test(token)) return token;
    if (/^[\d.]/.test(token))
      return PLAIN_NUMBER.test(token) ? this.#value(token, role ?? TEXT, losses) : token;
    const [tag] = /^\$[^$]*\$/.exec(token) ?? [];
    // The body of a function, say.
    if (tag && role === undefined)
      return `${tag}${this.#value(token.slice(tag.length, -tag.length), CODE, losses)}${tag}`;
    const isEscaped = /^e'/i.test(token);
    const written = tag ? token.slice(tag.length, -tag.length) : withinQuotes(token);
    const value = isEscaped ? unescaped(written) : written;
    const quoted = this.#value(value, role ?? TEXT, losses).replaceAll("'", "''");
    return isEscaped ? `E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`;
  }

  #value(value: string, { use, by, encoding }: Role, losses: MaskLosses): string {
    if (use === 'word') return value;
    if (encoding) {
      const bytes = Buffer.from(value, encoding).toString('hex');
      return Buffer.from(this.#value(`\\x${bytes}`, TEXT, losses).slice(2), 'hex').toString(encoding);
    }
    if (use === 'code') return this.#rewritten(piecesOf(value), [], losses);
    const masked = this.#values.of(value, use === 'data' ? this.masking.kinds : 'strings');
    if (by && masked !== value) losses[by]++;
    return masked;
  }
}

/** A token, and the white space before it. */
interface Piece {
  gap: string;
  token: string;
  isLiteral: boolean;
  /** Where it begins, in bytes; where the minus before it does, which the grammar counts to a number. */
  at: number;
  signAt: number | undefined;
}

/** A piece without its value. */
function markOf({ token, isLiteral }: Piece): string {
  if (!isLiteral) return token;
  return /^[\d.]/.test(token) ? '\x000' : `\0${token[0]}`;
}

/** A text cut up, without its comments. */
function piecesOf(sql: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  let at = 0;
  let signAt: number | undefined;
  let gap = '';
  for (const { kind, text, start } of tokensOf(sql)) {
    gap += sql.slice(end, start);
    at += Buffer.byteLength(sql.slice(end, start));
    end = start + text.length;
    if (kind === 'comment') gap += ' ';
    else {
      pieces.push({ gap, token: text, isLiteral: kind === 'literal', at, signAt });
      gap = '';
      signAt = text === '-' ? at : undefined;
    }
    at += Buffer.byteLength(text);
  }
  return pieces;
}

function tagsKept(sql: string): string {
  const kept = [...tagsOf(sql)].filter(([key]) => KEPT_TAGS.includes(key));
  return kept.length === 0 ? '' : withTags('', Object.fromEntries(kept));
}

/** What a setting is switched by. */
const SWITCH = /^(on|off|true|false)$/i;
/** A bit string. */
const BITS = /^[bx]'/i;
/** A number as values have it: neither `0x1f` nor `1e9`, nor one with a zero before it. */
const PLAIN_NUMBER = /^(0|[1-9][0-9]*)(\.[0-9]+)?$/;

/** The content of a string, or a bare word. */
function withinQuotes(token: string): string {
  if (!token.endsWith("'")) return token;
  return token
    .slice(token.indexOf("'") + 1, -1)
    .replaceAll(CONTINUATION, '')
    .replaceAll("''", "'");
}

/** A string goes on in the next line. */
const CONTINUATION = /(?<!')'[ \t\f\v]*[\n\r][ \t\n\r\f\v]*'/g;

const ESCAPES: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** What is written in a string with backslashes. */
function unescaped(text: string): string {
  return text.replaceAll(
    /\\(?:x([\da-fA-F]{1,2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g,
    (_, hex, short, long, octal, other) => {
      const code = hex ?? short ?? long;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      return octal === undefined ? (ESCAPES[other] ?? other) : String.fromCharCode(Number.parseInt(octal, 8));
    },
  );
}
