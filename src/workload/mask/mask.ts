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
const WORD: Role = { use: 'word' };
const DATA: Role = { use: 'data' };
const TEXT: Role = { use: 'text' };

/** Which setting it is decides whether its value is one of the application's, and an encoding how bytes are written. */
const READS_A_LITERAL = /\b(set_config|(de|en)code)\b/i;
/** What of COPY, CREATE and the like the string behind it steers, of which the grammar doesn't say where it is. */
const OPTION =
  /^(language|format|delimiters?|null|quote|escape|encoding|collate|lc_collate|lc_ctype|locale|provider|template)$/i;
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
    const hasOptions = /^(copy|create|alter|do)$/i.test(pieces[0]?.token ?? '');
    const roles = pieces.map(({ token, isLiteral, at, signAt = at }, i) => {
      const role = literals.get(at) ?? literals.get(signAt);
      if (!role && isLiteral && OPTION.test(pieces[i - 1]?.token ?? '') && hasOptions) return WORD;
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
    const [, inUnicode, mark = '\\'] = UNICODE.exec(token) ?? [];
    const written = tag ? token.slice(tag.length, -tag.length) : withinQuotes(inUnicode ?? token);
    const value = isEscaped ? unescaped(written) : inUnicode ? fromUnicode(written, mark) : written;
    const quoted = this.#value(value, role ?? TEXT, losses).replaceAll("'", "''");
    return isEscaped ? `E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`;
  }

  #value(value: string, { use, by, form }: Role, losses: MaskLosses): string {
    if (use === 'word') return value;
    if ((form === 'hex' && HEX.test(value)) || (form === 'base64' && BASE64.test(value))) {
      const bytes = Buffer.from(value, form).toString('hex');
      return Buffer.from(this.#value(`\\x${bytes}`, TEXT, losses).slice(2), 'hex').toString(form);
    }
    if (form === 'xpath' || form === 'format' || (form === 'jsonpath' && JSONPATH.test(value))) {
      return WITHIN[form](value, (part) => this.#values.of(part, 'strings'));
    }
    if (use === 'code') return this.#rewritten(piecesOf(value), [], losses);
    const masked = this.#values.of(value, use === 'data' ? this.masking.kinds : 'strings');
    if (by && masked !== value) losses[by]++;
    return masked;
  }
}

/** What `decode` reads; an array of such is none. */
const HEX = /^([\da-f]{2})+$/i;
const BASE64 = /^[A-Za-z\d+/\s]+=*\s*$/;
/** A text search has the same operator. */
const JSONPATH = /^\s*((lax|strict)\s+)?[\s(!]*\$/i;
/** Masks what is a value in a text of which the rest steers: in a path what its quotes hold, but for keys. */
const WITHIN: Record<
  'jsonpath' | 'xpath' | 'format',
  (text: string, mask: (part: string) => string) => string
> = {
  jsonpath: (text, mask) =>
    text.replaceAll(/(\.\s*)?("(?:[^"\\]|\\.)*")/gs, (all, isKey, quoted) => {
      if (isKey !== undefined) return all;
      return JSON.stringify(mask(quoted.slice(1, -1).replaceAll(/\\(.)/gs, '$1')));
    }),
  xpath: (text, mask) =>
    text.replaceAll(/'[^']*'|"[^"]*"/g, (quoted) => quoted[0] + mask(quoted.slice(1, -1)) + quoted[0]),
  format: (text, mask) =>
    text
      .split(/(%(?:\d+\$)?[-\d*$]*[sIL%])/)
      .map((part, i) => (i % 2 === 0 ? mask(part) : part))
      .join(''),
};

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
    const before = pieces.at(-1);
    if (kind === 'comment') gap += ' ';
    else if (
      before &&
      isUnicode(before.token) &&
      (/^uescape$/i.test(text) || /uescape$/i.test(before.token))
    ) {
      // Which character escapes is a part of the string.
      before.token += ` ${text}`;
      gap = '';
    } else {
      pieces.push({ gap, token: text, isLiteral: kind === 'literal', at, signAt });
      gap = '';
      signAt = text === '-' ? at : undefined;
    }
    at += Buffer.byteLength(text);
  }
  return pieces;
}

function isUnicode(token: string): boolean {
  return /^u&'/i.test(token) && !/uescape '.'$/i.test(token);
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

const UNICODE = /^u&('[\s\S]*?')(?: uescape '(.)')?$/i;

/** What is written in a string of `U&'…'`. */
function fromUnicode(text: string, mark: string): string {
  const sign = mark.replace(/[^\w]/, '\\$&');
  return text.replaceAll(
    new RegExp(`${sign}(?:([\\da-fA-F]{4})|\\+([\\da-fA-F]{6})|${sign})`, 'g'),
    (_, short, long) =>
      short === undefined && long === undefined ? mark : characterOf(Number.parseInt(short ?? long, 16)),
  );
}

const ESCAPES: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** What is written in a string with backslashes. */
function unescaped(text: string): string {
  return text
    .replaceAll(/(?:\\x[\da-fA-F]{1,2}|\\[0-7]{1,3})+/g, (bytes, at: number) => {
      // The backslash itself may be what is escaped.
      if (/\\*$/.exec(text.slice(0, at))![0].length % 2 === 1) return bytes;
      const codes = Array.from(bytes.matchAll(/\\(?:x([\da-fA-F]+)|([0-7]+))/g), ([, hex, octal]) =>
        hex === undefined ? Number.parseInt(octal!, 8) : Number.parseInt(hex, 16),
      );
      return Buffer.from(codes).toString('utf8').replaceAll('\\', '\\\\');
    })
    .replaceAll(/\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{8})|([\s\S]))/g, (_, short, long, other) =>
      other === undefined ? characterOf(Number.parseInt(short ?? long, 16)) : (ESCAPES[other] ?? other),
    );
}

/** Halves of a pair are put together by standing one behind the other. */
function characterOf(code: number): string {
  return code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code);
}
