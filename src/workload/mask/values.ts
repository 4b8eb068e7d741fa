import { LRUCache } from 'lru-cache';
import { Permutation, type Symbols } from './permutation.js';

/** What is replaced: strings, or numbers, dates and UUIDs as well. */
export type MaskKinds = (typeof MASK_KINDS)[number];
export const MASK_KINDS = ['strings', 'all'] as const;

/** What a value looks like in PostgreSQL's text format. `fixed`: a truth value, a time, a span of time, bytes; it stays. */
type Look = 'string' | 'integer' | 'decimal' | 'date' | 'timestamp' | 'uuid' | 'fixed';

/** The first that fits counts. The same expressions are in `mask.sql`. */
const LOOKS: [Look, RegExp][] = [
  ['fixed', /^(|t|f|true|false|NaN|-?Infinity|-?infinity)$/],
  ['integer', /^-?(0|[1-9][0-9]*)$/],
  ['decimal', /^-?(0|[1-9][0-9]*)\.[0-9]+$/],
  ['fixed', /^-?[0-9]+(\.[0-9]+)?[eE][-+]?[0-9]+$/],
  ['date', /^(19|20)[0-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/],
  [
    'timestamp',
    /^(19|20)[0-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?(Z|[-+][0-9][0-9](:?[0-9][0-9])?)?$/,
  ],
  ['fixed', /^[0-9]{4,6}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T][0-9:.Z+-]*)?( BC)?$/],
  ['fixed', /^[0-9][0-9]:[0-9][0-9](:[0-9][0-9]([.][0-9]+)?)?([-+][0-9][0-9](:?[0-9][0-9])?)?$/],
  [
    'fixed',
    /^([-+]?[0-9]+ (years?|mons?|months?|weeks?|days?|hours?|mins?|minutes?|secs?|seconds?) ?)+([0-9]+:[0-9]+:[0-9.]+)?$/,
  ],
  ['fixed', /^\\x([0-9a-f][0-9a-f])+$/],
  ['uuid', /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/],
];

/** Dates are permuted among those of two centuries. */
const FIRST_DAY_MS = Date.UTC(1900, 0, 1);
const DAYS = 73_049;
const DAY_MS = 86_400_000;

/** The largest smallint, integer and bigint. */
const LIMITS = [32_767n, 2_147_483_647n, 9_223_372_036_854_775_807n];

/**
 * Masks values by what they look like, each by the same key in the same way, wherever it stands: in a statement's text,
 * among its parameters, or by `mask.sql` in a column. Equal values stay equal and different ones different; a string
 * keeps its length, a number its number of digits. The order is lost.
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
    const masked = this.#json(value, kinds) ?? this.#array(value, kinds) ?? this.#plain(value, kinds);
    this.#masked.set(key, masked);
    return masked;
  }

  #plain(value: string, kinds: MaskKinds): string {
    const look = lookOf(value);
    if (look === 'string') return this.#string(value);
    if (kinds === 'strings') return value;
    switch (look) {
      case 'integer':
      case 'decimal':
        return this.#number(value);
      case 'date':
        return this.#date(value);
      case 'timestamp':
        return this.#timestamp(value);
      case 'uuid':
        return this.#uuid(value);
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

  #uuid(uuid: string): string {
    const values = Array.from(uuid.replaceAll('-', ''), (digit) => Number.parseInt(digit, 16));
    const hex = this.#permutation
      .of('u', { values, radices: values.map(() => 16) })
      .map((digit) => digit.toString(16))
      .join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }

  /** JSON keeps its keys and its shape. */
  #json(value: string, kinds: MaskKinds): string | undefined {
    if (!/^\s*[[{]/.test(value)) return undefined;
    try {
      JSON.parse(value);
    } catch {
      return undefined;
    }
    return value.replaceAll(JSON_TOKEN, (token, key: string | undefined) => {
      if (key !== undefined) return token;
      return token.startsWith('"')
        ? JSON.stringify(this.#plain(JSON.parse(token), kinds))
        : this.#plain(token, kinds);
    });
  }

  /** The elements of an array as PostgreSQL writes one: `{a,"b c",NULL}`. */
  #array(value: string, kinds: MaskKinds): string | undefined {
    if (!/^\{.*\}$/s.test(value)) return undefined;
    return value.replaceAll(ARRAY_ELEMENT, (element) => {
      if (element === 'NULL') return element;
      if (!element.startsWith('"')) return this.#plain(element, kinds);
      const text = this.#plain(element.slice(1, -1).replaceAll(/\\(.)/gs, '$1'), kinds);
      return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
    });
  }
}

const JSON_TOKEN = /("(?:[^"\\]|\\.)*"\s*:)|"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*/gs;
const ARRAY_ELEMENT = /"(?:[^"\\]|\\.)*"|[^{},"]+/gs;

const BACKSLASH = 0x5c;

function lookOf(value: string): Look {
  return LOOKS.find(([, expression]) => expression.test(value))?.[0] ?? 'string';
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

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function sizeOf(value: string, key: string): number {
  return value.length + key.length;
}
