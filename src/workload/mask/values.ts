import { LRUCache } from 'lru-cache';
import { HASH_BYTES, Permutation, type Symbols } from './permutation.js';

/** What is replaced: strings, or numbers, dates and UUIDs as well. */
export type MaskKinds = (typeof MASK_KINDS)[number];
export const MASK_KINDS = ['strings', 'all'] as const;

/** What a value looks like in PostgreSQL's text format. `fixed`: a truth value, a time, a span of time, a range, a shape; it stays. */
type Look =
  | 'string'
  | 'integer'
  | 'decimal'
  | 'money'
  | 'date'
  | 'timestamp'
  | 'uuid'
  | 'address'
  | 'mac'
  | 'bytes'
  | 'fixed';

const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const IPV4 = `${OCTET}([.]${OCTET}){3}`;
const GROUPS = '([0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4})*)?';
const UP_TO_128 = '(/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))?';
const PLACES = '[-+0-9.eE:TZ" ()<>[\\]]*';
const SPAN_UNIT =
  '(years?|yrs?|mons?|months?|weeks?|days?|hours?|hrs?|mins?|minutes?|secs?|seconds?|milliseconds?|ms)';
const GEOMETRY = '(POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION|MULTI(POINT|LINESTRING|POLYGON))';

/** The first that fits counts. `mask.sql` has the same expressions. */
export const LOOKS: readonly [Look, RegExp][] = [
  [
    'fixed',
    /^(|t|f|true|false|True|False|TRUE|FALSE|now|today|tomorrow|yesterday|epoch|NaN|-?Infinity|-?infinity)$/,
  ],
  ['integer', /^-?(0|[1-9][0-9]*)$/],
  ['decimal', /^-?(0|[1-9][0-9]*)\.[0-9]+$/],
  ['money', /^-?[$€£¥](0|[1-9][0-9]*|[1-9][0-9]{0,2}(,[0-9]{3})+)([.][0-9]+)?$/],
  ['fixed', /^-?[0-9]+(\.[0-9]+)?[eE][-+]?[0-9]+$/],
  ['date', /^(19|20)[0-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/],
  [
    'timestamp',
    /^(19|20)[0-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?(Z|[-+][0-9][0-9](:?[0-9][0-9])?)?$/,
  ],
  ['fixed', /^[0-9]{4,6}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T][0-9:.Z+-]*)?( BC)?$/],
  ['fixed', /^[0-9][0-9]:[0-9][0-9](:[0-9][0-9]([.][0-9]+)?)?([-+][0-9][0-9](:?[0-9][0-9])?)?$/],
  ['fixed', new RegExp(`^@? ?([-+]?[0-9]+([.][0-9]+)? ${SPAN_UNIT} ?)+([0-9]+:[0-9]+:[0-9.]+)?( ?ago)?$`)],
  ['fixed', /^P([0-9.]+[YMWD])*(T([0-9.]+[HMS])+)?$/],
  ['fixed', new RegExp(`^[{]?[(<[]${PLACES}(,${PLACES})+[)>\\]][}]?$`)],
  // As PostGIS reads and writes them.
  ['fixed', new RegExp(`^(SRID=[0-9]+;)?${GEOMETRY} ?(Z|M|ZM)? ?[(]([-0-9.eE, ()]|${GEOMETRY})*[)]$`)],
  ['fixed', /^010[1-7]0000[0248ACEace]0[0-9A-Fa-f]{32,}$/],
  ['bytes', /^\\x([0-9a-fA-F][0-9a-fA-F])+$/],
  // Octets that are no text stand in it as `\\000`.
  ['bytes', /^[^\\]*(\\\\[^\\]*)*\\[0-3][0-7][0-7]([^\\]*(\\\\|\\[0-3][0-7][0-7]))*[^\\]*$/],
  ['mac', /^([0-9a-fA-F]{2}:){5}([0-9a-fA-F]{2}:[0-9a-fA-F]{2}:)?[0-9a-fA-F]{2}$/],
  ['mac', /^([0-9a-fA-F]{2}-){5}([0-9a-fA-F]{2}-[0-9a-fA-F]{2}-)?[0-9a-fA-F]{2}$/],
  ['mac', /^[0-9a-fA-F]{4}[.][0-9a-fA-F]{4}[.][0-9a-fA-F]{4}$/],
  ['address', new RegExp(`^${IPV4}(/(3[0-2]|[12]?[0-9]))?$`)],
  // A network may be written without its last octets.
  ['address', new RegExp(`^${OCTET}[.]${OCTET}(/(1[0-6]|[89])|[.]${OCTET}/(1[6-9]|2[0-4]))$`)],
  ['address', new RegExp(`^::([fF]{4}:)?${IPV4}${UP_TO_128}$`)],
  ['address', new RegExp(`^([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}${UP_TO_128}$`)],
  // Eight groups leave nothing for the two colons to stand for.
  ['address', new RegExp(`^(?!:*([0-9a-fA-F]+:+){7}[0-9a-fA-F])${GROUPS}::${GROUPS}${UP_TO_128}$`)],
  ['uuid', /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/],
];

/** What a value may be made of: each part is masked as a value of its own, so that the same is found by it elsewhere. */
export interface Form {
  /** What the whole looks like; undefined where what it stands in tells. */
  whole?: RegExp;
  /** A part; what is between parts stays. PostgreSQL takes the longest of alternatives: the first must be that. */
  part: RegExp;
  /** Parts that stay. */
  kept: RegExp;
}
type FormName = 'json' | 'array' | 'composite' | 'hstore' | 'lexemes' | 'labels' | 'markup' | 'tag' | 'text';

const SPACES = '[ \\t\\r\\n]*';
/** Without what jsonb can't hold: a zero, or half a pair. */
const JSON_ESCAPE = String.raw`\\(["\\/bfnrt]|u(00(0[1-9a-fA-F]|[1-9a-fA-F][0-9a-fA-F])|(0[1-9a-fA-F]|[1-9a-cefA-CEF][0-9a-fA-F])[0-9a-fA-F]{2}|[dD][0-7][0-9a-fA-F]{2}|[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}))`;
const JSON_TOKEN = String.raw`[ \t\r\n{}\[\],:]|"[^"\\\u0001-\u001f]*(${JSON_ESCAPE}[^"\\\u0001-\u001f]*)*"|-?[0-9][0-9.eE+-]*(?![-0-9.eE+])|true|false|null`;
const QUOTED = String.raw`"[^"\\]*((\\.|"")[^"\\]*)*"`;
const PAIR = `(${QUOTED}|[^ \\t\\r\\n,="]+)${SPACES}=>${SPACES}(${QUOTED}|[^ \\t\\r\\n,"]+)`;
const LEXEME = "'[^']*(''[^']*)*'(:[*0-9ABCD,]+)?";
const NAME = '[A-Za-z_][-A-Za-z0-9_.:]*';
const ATTRIBUTES = `[^<>"']*(("[^"]*"|'[^']*')[^<>"']*)*`;

/** The first that fits a string counts, and `json` whatever else the value looks like. `mask.sql` has the same expressions. */
export const FORMS: Record<FormName, Form> = {
  /** Keys stay. */
  json: {
    whole: whole(`^${SPACES}[[{](${JSON_TOKEN})*[\\]}]${SPACES}$`),
    part: parts(String.raw`"[^"\\]*(\\.[^"\\]*)*"(${SPACES}:)?|-?[0-9][0-9.eE+-]*`),
    kept: /:$/,
  },
  array: {
    whole: whole(String.raw`^(\[[-0-9:\]\[]+\]=)?\{.*\}$`),
    part: parts(String.raw`${QUOTED}|[^ \t\r\n{},"]+([ \t\r\n]+[^ \t\r\n{},"]+)*`),
    kept: /^([nN][uU][lL][lL]|\[[-0-9:\][]+\]=)$/,
  },
  composite: {
    whole: whole(String.raw`^\(.*\)$`),
    part: parts(String.raw`${QUOTED}|[^ \t\r\n(),"]+([ \t\r\n]+[^ \t\r\n(),"]+)*`),
    kept: /^$/,
  },
  /** Keys stay. */
  hstore: {
    whole: whole(`^${SPACES}${PAIR}(${SPACES},${SPACES}${PAIR})*${SPACES}$`),
    part: parts(String.raw`(${QUOTED}|[^ \t\r\n,="]+)(${SPACES}=>)?`),
    kept: /(=>|^[nN][uU][lL][lL])$/,
  },
  /** Words of full-text search. */
  lexemes: {
    whole: whole(`^[!( ]*${LEXEME}([ !()&|<>0-9-]+${LEXEME})*[) ]*$`),
    part: parts("'[^']*(''[^']*)*'"),
    kept: /^$/,
  },
  /** A path of labels, as ltree has it: what is below another stays below it. */
  labels: {
    whole: whole('^(?=.*[A-Za-z_])[-A-Za-z0-9_]+([.][-A-Za-z0-9_]+)+$'),
    part: parts('[-A-Za-z0-9_]+'),
    kept: /^$/,
  },
  /** XML or HTML: names of elements and attributes stay. */
  markup: {
    whole: whole(`</${NAME}${SPACES}>|<${NAME}([ \\t\\r\\n][^<>]*)?/>`),
    part: parts(
      `<!--([^-]|-[^-])*-->|<!\\[CDATA\\[|<!DOCTYPE[^<>]*>|</?${NAME}${ATTRIBUTES}>|<\\?${NAME}${ATTRIBUTES}>|[^<]+`,
    ),
    kept: /^<(\?xml |!\[CDATA\[|!DOCTYPE)/,
  },
  tag: {
    part: parts(`</?${NAME}|<\\?${NAME}|"[^"]*"|'[^']*'|${NAME}${SPACES}=|[^ \\t\\r\\n"'<>=/?]+`),
    kept: /^<|[A-Za-z0-9_.:\- \t\r\n]=$/,
  },
  text: { part: parts('&#?[A-Za-z0-9]+;|[^&]+'), kept: /^&/ },
};

/** As PostgreSQL reads it: any character may be the end of a line. */
function whole(source: string): RegExp {
  return new RegExp(source, 's');
}

function parts(source: string): RegExp {
  return new RegExp(source, 'gs');
}

/** Dates are permuted among those of two centuries. */
const FIRST_DAY_MS = Date.UTC(1900, 0, 1);
const DAYS = 73_049;
const DAY_MS = 86_400_000;

/** The largest smallint, integer and bigint. */
const LIMITS = [32_767n, 2_147_483_647n, 9_223_372_036_854_775_807n];

/**
 * Masks values by what they look like, each by the same key in the same way, wherever it stands: in a statement's text,
 * among its parameters, or by `mask.sql` in a column. Equal values stay equal and different ones different; a string
 * keeps its length, a number its number of digits, an address its networks. The order is lost.
 *
 * Addresses and bytes count as strings: they are as telling, and a log has them as strings.
 */
export class ValueMask {
  readonly #permutation: Permutation;
  readonly #masked = new LRUCache<string, string>({ max: 20_000, maxSize: 4 << 20, sizeCalculation: sizeOf });

  constructor(key: string) {
    this.#permutation = new Permutation(key);
  }

  /** @param kinds what of it is replaced; the rest stays */
  of(value: string, kinds: MaskKinds): string {
    const key = kinds + value;
    const known = this.#masked.get(key);
    if (known !== undefined) return known;
    const masked = this.#wholeOrLetters(value, kinds);
    this.#masked.set(key, masked);
    return masked;
  }

  /** What is too much for regular expressions, hundreds of thousands of parts, nobody compares with anything. */
  #wholeOrLetters(value: string, kinds: MaskKinds): string {
    try {
      return this.#whole(value, kinds);
    } catch (error) {
      if (error instanceof RangeError) return this.#letters(value);
      throw error;
    }
  }

  #whole(value: string, kinds: MaskKinds): string {
    const form = formOf(value);
    return form ? this.#parts(form, value, kinds) : this.#plain(value, kinds);
  }

  #parts(name: FormName, value: string, kinds: MaskKinds): string {
    const { part, kept } = FORMS[name];
    return value.replaceAll(part, (one) => (kept.test(one) ? one : this.#part(name, one, kinds)));
  }

  #part(form: FormName, part: string, kinds: MaskKinds): string {
    const inner = part.slice(1, -1);
    switch (form) {
      case 'markup':
        if (part.startsWith('<!--')) return this.#string(part);
        return this.#parts(part.startsWith('<') ? 'tag' : 'text', part, kinds);
      case 'tag':
        if (/^["']/.test(part)) return part[0] + this.#parts('text', inner, kinds) + part[0];
        break;
      case 'lexemes':
        return `'${this.of(inner.replaceAll("''", "'"), kinds).replaceAll("'", "''")}'`;
      case 'labels':
        return lookOf(part) === 'string' ? this.#string(part) : this.#letters(part);
      case 'json':
        if (part.startsWith('"')) return JSON.stringify(this.of(JSON.parse(part), kinds));
        break;
      default:
        if (part.startsWith('"')) {
          const text = this.of(inner.replaceAll(/\\(.)|"(")/gs, '$1$2'), kinds);
          return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
        }
    }
    return this.of(part, kinds);
  }

  #plain(value: string, kinds: MaskKinds): string {
    const look = lookOf(value);
    switch (look) {
      case 'string':
        return this.#string(value);
      case 'address':
        return this.#address(value);
      case 'mac':
        return this.#hex('m', value);
      case 'bytes':
        return this.#bytes(value, kinds);
    }
    if (kinds === 'strings') return value;
    switch (look) {
      case 'integer':
      case 'decimal':
        return this.#number(value);
      case 'money':
        return value.replace(/[0-9].*/, (digits) => this.#number(digits.replaceAll(',', '')));
      case 'date':
        return this.#date(value);
      case 'timestamp':
        return this.#timestamp(value);
      case 'uuid':
        return this.#hex('u', value);
      case 'fixed':
        return value;
    }
  }

  /** What comes out is a string again: what merely looks like a number by then is permuted on. */
  #string(value: string): string {
    let masked = value;
    do masked = this.#letters(masked);
    while (lookOf(masked) !== 'string');
    return masked;
  }

  /**
   * Letters become letters in upper and lower case as they were, so that those that differ in their case alone still do;
   * digits become digits, and signs stay, as does what follows a backslash.
   */
  #letters(value: string): string {
    const symbols: Symbols = { values: [], radices: [] };
    const bases: number[] = [];
    const places: number[] = [];
    const codes = Array.from(value, (character) => character.codePointAt(0)!);
    codes.forEach((code, place) => {
      const [base, radix] = alphabetOf(code);
      if (radix === 0 || codes[place - 1] === BACKSLASH) return;
      symbols.values.push(code - base);
      symbols.radices.push(radix);
      bases.push(base);
      places.push(place);
    });
    this.#permutation.of('s', symbols).forEach((symbol, i) => {
      codes[places[i]!] = bases[i]! + symbol;
    });
    // A spread of a long list would be too many arguments.
    return Array.from(codes, (code) => String.fromCodePoint(code)).join('');
  }

  #number(value: string): string {
    const [, sign, whole, fraction = ''] = /^(-?)([0-9]+)(?:\.([0-9]+))?$/.exec(value)!;
    const significant = fraction.replace(/0+$/, '');
    const masked = significant === '' ? this.#integer(whole!) : this.#digits(whole!, significant);
    if (fraction === '') return sign + masked;
    const zeros = fraction.slice(significant.length);
    return sign + masked + (significant === '' ? '.' : '') + zeros;
  }

  /** It stays within the narrowest type that it fits. */
  #integer(digits: string): string {
    const width = widthOf(digits);
    let masked = digits;
    do masked = this.#digits(masked, '');
    while (widthOf(masked) !== width);
    return masked;
  }

  /** No number begins with a zero, and no fraction ends with one. */
  #digits(whole: string, fraction: string): string {
    const digits = whole + fraction;
    const lasts = digits.length - 1;
    const isBound = (i: number) => (i === 0 && whole.length > 1) || (i === lasts && fraction !== '');
    const values = Array.from(digits, (digit, i) => Number(digit) - (isBound(i) ? 1 : 0));
    const radices = values.map((_, i) => (isBound(i) ? 9 : 10));
    const masked = this.#permutation
      .of(`n${whole.length}`, { values, radices })
      .map((digit, i) => digit + (isBound(i) ? 1 : 0))
      .join('');
    return fraction === '' ? masked : `${masked.slice(0, whole.length)}.${masked.slice(whole.length)}`;
  }

  #date(date: string): string {
    let day =
      Math.round((Date.parse(`${date.slice(0, 8)}01T00:00:00Z`) - FIRST_DAY_MS) / DAY_MS) +
      Number(date.slice(8)) -
      1;
    if (day < 0 || day >= DAYS) return date;
    do {
      const values = Array.from(String(day).padStart(5, '0'), Number);
      day = Number(this.#permutation.of('d', { values, radices: values.map(() => 10) }).join(''));
    } while (day >= DAYS);
    return dateOf(FIRST_DAY_MS + day * DAY_MS);
  }

  /** Its day is masked as a date is, the time of day stays. With a zone it is that of UTC. */
  #timestamp(timestamp: string): string {
    const [, date, gap, time, zone] = /^(.{10})(.)([0-9:.]+)(.*)$/.exec(timestamp)!;
    if (zone === '') return `${this.#date(date!)}${gap}${time}`;
    const [, sign, hours, minutes = '0'] = /^([-+])(..):?(..)?$/.exec(zone!) ?? [undefined, '+', '0'];
    const offsetMs = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000);
    const utcMs = Date.parse(`${date}T${time!.slice(0, 5)}:00Z`) - offsetMs;
    const utc = new Date(utcMs).toISOString();
    return `${this.#date(utc.slice(0, 10))}${gap}${utc.slice(11, 16)}${time!.slice(5)}+00`;
  }

  /** Its digits become others, its signs stay. */
  #hex(kind: string, value: string): string {
    const values = Array.from(value.replaceAll(/[^0-9a-fA-F]/g, ''), (digit) => Number.parseInt(digit, 16));
    const masked = this.#permutation.of(kind, { values, radices: values.map(() => 16) });
    let at = 0;
    return value.replaceAll(/[0-9a-fA-F]/g, () => masked[at++]!.toString(16));
  }

  /** What is in one network stays in one. A network stays that: where no bit is set behind its own, none is. */
  #address(value: string): string {
    const [address, length] = value.split('/');
    const octets = octetsOf(address!);
    const network = length === undefined ? octets : networkOf(octets, Number(length));
    let masked = this.#permutation.ofPrefixes(octets);
    if (length !== undefined) {
      const maskedNetwork = networkOf(masked, Number(length));
      if (isSame(octets, network)) masked = maskedNetwork;
      else if (isSame(masked, maskedNetwork)) masked = this.#permutation.ofPrefixes(network);
    }
    const text =
      masked.length === 4
        ? masked.slice(0, address!.split('.').length).join('.')
        : Buffer.from(masked)
            .toString('hex')
            .replace(/....(?=.)/g, '$&:');
    return length === undefined ? text : `${text}/${length}`;
  }

  /** Bytes that are text are masked as that. Many others are replaced as a whole, for which no key can undo it. */
  #bytes(value: string, kinds: MaskKinds): string {
    const bytes = bytesOf(value);
    const hex = bytes.toString('hex');
    if (bytes.every((byte) => byte > 0 && byte < 0x80)) {
      return `\\x${Buffer.from(this.#plain(bytes.toString('latin1'), kinds)).toString('hex')}`;
    }
    if (bytes.length < HASH_BYTES) {
      const masked = this.#permutation.of('b', { values: [...bytes], radices: [...bytes].map(() => 256) });
      return `\\x${Buffer.from(masked).toString('hex')}`;
    }
    return `\\x${this.#permutation
      .hash(`b:${hex}`)
      .toString('hex')
      .repeat(Math.ceil(bytes.length / HASH_BYTES))
      .slice(0, hex.length)}`;
  }
}

const BACKSLASH = 0x5c;

function lookOf(value: string): Look {
  return LOOKS.find(([, expression]) => expression.test(value))?.[0] ?? 'string';
}

function formOf(value: string): FormName | undefined {
  if (isJson(value)) return 'json';
  if (lookOf(value) !== 'string') return undefined;
  return (Object.keys(FORMS) as FormName[]).find((name) => name !== 'json' && FORMS[name].whole?.test(value));
}

const NEXT_OF_JSON = new RegExp(JSON_TOKEN, 'y');

/** The same as the whole of the form, token by token: a value of many is too long for one expression. */
function isJson(value: string): boolean {
  if (!/^[ \t\r\n]*[[{]/.test(value) || !/[\]}][ \t\r\n]*$/.test(value)) return false;
  NEXT_OF_JSON.lastIndex = 0;
  while (NEXT_OF_JSON.lastIndex < value.length) if (!NEXT_OF_JSON.test(value)) return false;
  return true;
}

/** Where the characters begin among which one stays, and how many they are; none: it stays itself. */
function alphabetOf(code: number): [base: number, radix: number] {
  if (code >= 0x61 && code <= 0x7a) return [0x61, 26];
  if (code >= 0x41 && code <= 0x5a) return [0x41, 26];
  if (code >= 0x30 && code <= 0x39) return [0x30, 10];
  if (code < 0x80) return [0, 0];
  // As long in UTF-8 as it was, and no half of a pair.
  if (code < 0x800) return [0x80, 0x780];
  return [code - (code % 0x800), 0x800];
}

function widthOf(digits: string): number {
  return LIMITS.findIndex((limit) => digits.length <= 19 && BigInt(digits) <= limit);
}

/** The four octets of an address, or sixteen. */
function octetsOf(address: string): number[] {
  const [, before, dotted] = /^(.*?)((?:\d+\.){1,3}\d+)?$/.exec(address)!;
  const last = dotted ? dotted.split('.').map(Number) : [];
  if (!before) return [...last, 0, 0].slice(0, 4);
  const [left, right = []] = before.split('::').map((groups) => groups.split(':').flatMap(octetsOfGroup));
  const zeros = new Array<number>(16 - left!.length - right.length - last.length).fill(0);
  return [...left!, ...zeros, ...right, ...last];
}

function octetsOfGroup(group: string): number[] {
  if (group === '') return [];
  const number = Number.parseInt(group, 16);
  return [number >> 8, number & 0xff];
}

/** The same without the bits behind the first ones. */
function networkOf(octets: number[], bits: number): number[] {
  return octets.map((octet, i) => octet & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * i))));
}

function isSame(some: number[], others: number[]): boolean {
  return some.every((number, i) => number === others[i]);
}

/** What is written as `\\x00ff`, or with octets such as `\\377`. */
function bytesOf(value: string): Buffer {
  if (/^\\x/.test(value)) return Buffer.from(value.slice(2), 'hex');
  const parts = value.match(/\\\\|\\[0-7]{3}|[^\\]+/g) ?? [];
  return Buffer.concat(
    parts.map((part) => {
      if (part === '\\\\') return Buffer.from('\\');
      return part.startsWith('\\') ? Buffer.of(Number.parseInt(part.slice(1), 8)) : Buffer.from(part);
    }),
  );
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function sizeOf(value: string, key: string): number {
  return value.length + key.length;
}
