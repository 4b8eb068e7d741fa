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

/** The first that fits counts. `mask.sql` has the same expressions. */
export const LOOKS: readonly [Look, RegExp][] = [
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
  ['fixed', new RegExp(`^[{]?[(<[]${PLACES}(,${PLACES})+[)>\\]][}]?$`)],
  ['bytes', /^\\x([0-9a-fA-F][0-9a-fA-F])+$/],
  // Octets that are no text stand in it as `\\000`.
  ['bytes', /^[^\\]*(\\\\[^\\]*)*\\[0-3][0-7][0-7]([^\\]*(\\\\|\\[0-3][0-7][0-7]))*[^\\]*$/],
  ['mac', /^([0-9a-fA-F]{2}:){5}([0-9a-fA-F]{2}:[0-9a-fA-F]{2}:)?[0-9a-fA-F]{2}$/],
  ['mac', /^([0-9a-fA-F]{2}-){5}([0-9a-fA-F]{2}-[0-9a-fA-F]{2}-)?[0-9a-fA-F]{2}$/],
  ['mac', /^[0-9a-fA-F]{4}[.][0-9a-fA-F]{4}[.][0-9a-fA-F]{4}$/],
  ['address', new RegExp(`^${IPV4}(/(3[0-2]|[12]?[0-9]))?$`)],
  ['address', new RegExp(`^::([fF]{4}:)?${IPV4}${UP_TO_128}$`)],
  ['address', new RegExp(`^([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}${UP_TO_128}$`)],
  // Eight groups leave nothing for the two colons to stand for.
  ['address', new RegExp(`^(?!:*([0-9a-fA-F]+:+){7}[0-9a-fA-F])${GROUPS}::${GROUPS}${UP_TO_128}$`)],
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
    const masked = this.#json(value, kinds) ?? this.#array(value, kinds) ?? this.#plain(value, kinds);
    this.#masked.set(key, masked);
    return masked;
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
        ? masked.join('.')
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
    if (!/^\{.*\}$/s.test(value) || lookOf(value) === 'fixed') return undefined;
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

/** The four octets of an address, or sixteen. */
function octetsOf(address: string): number[] {
  const [, before, dotted] = /^(.*?)((?:\d+\.){3}\d+)?$/.exec(address)!;
  const last = dotted ? dotted.split('.').map(Number) : [];
  if (!before) return last;
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
