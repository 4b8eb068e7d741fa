import { LRUCache } from 'lru-cache';
import { loadParser, tokensOf } from '../../router/sql/index.js';
import type { SqlEvent, TraceEvent } from '../trace.js';
import type { KeyCatalog } from './catalog.js';
import { type Contradictable, contradicted } from './contradictions.js';
import { type KeyUses, keyUsesOf } from './uses.js';

/**
 * The numbers of sequences that statements of a trace are known to have been given when they were captured, and where later
 * statements send them back. In arrays that threads share.
 */
export interface InferredKeys {
  /** The numbers, by their places in here. */
  captured: Float64Array;
  /** What a statement's result gives: its place in the trace, the result's row and column, the key. By place. */
  given: Int32Array;
  /**
   * Where a statement has a key: its place in the trace; the parameter (from 0), or for a literal -1 less where its digits begin
   * in the text; the key. By place.
   */
  sent: Int32Array;
  /** Numbers that statements were given, and of which no later one tells which. */
  unknown: number;
}

/** Fields of one entry in `given`, and in `sent`. */
export const GIVEN = 4;
export const SENT = 3;

/** A number that only says that a statement had it before any INSERT is known to have drawn it. */
const FOREIGN = -1;

/** A statement that drew numbers, of which the ones that it was given are yet to be seen. */
interface Draws extends Contradictable {
  place: number;
  column: number;
  rows: number;
  /** Keys, in the order in which they were seen. */
  keys: number[];
}

interface Session {
  /** By sequence. */
  open: Map<number, Draws>;
  /** When it last drew, by sequence, in µs. */
  drewAtUs: Map<number, number>;
  lastSequence: number | null;
  /** Those that its next statement ends. */
  running: Draws[];
}

const ROLLS_BACK = /^\s*(?:rollback|abort)\b(?!\s+(?:work\s+|transaction\s+)?to\b)/i;
const INTEGER = /^\d{1,15}$/;
const INTEGERS = /^\{\d{1,15}(?:,\d{1,15})*\}$/;

/**
 * Finds out which numbers a trace's statements were given. No log has them, but the sessions send them back: what a session
 * first sends, after it drew a number and before it draws another of the sequence, is that number if nobody has sent it before,
 * it is above the last one in the snapshot, and the order in which numbers were drawn allows for it. Of several drawn
 * by one statement, the session has to send all.
 */
export class Inference {
  readonly #texts: Texts;
  readonly #sessions = new Map<number, Session>();
  /** By sequence: the key that a number is, or FOREIGN. */
  readonly #keys: Map<number, number>[];
  readonly #captured: number[] = [];
  readonly #sent: number[] = [];
  readonly #complete: Draws[] = [];
  #answered = 0;

  private constructor(readonly catalog: KeyCatalog) {
    this.#texts = new Texts(catalog);
    this.#keys = catalog.sequences.map(() => new Map());
  }

  /** Null where the data has no such numbers. */
  static async start(catalog: KeyCatalog): Promise<Inference | null> {
    if (catalog.tables.length === 0) return null;
    await loadParser();
    return new Inference(catalog);
  }

  /** Call it for the events of a trace in their order. */
  see(event: TraceEvent, place: number): void {
    if (!('sql' in event) || event.skip !== undefined) return;
    const { session: id, dueUs, sql, failed } = event;
    const session = this.#sessions.get(id);
    for (const draws of session?.running.splice(0) ?? []) draws.toUs = dueUs;
    const found = this.#texts.usesOf(sql);
    if (!found) {
      if (session && ROLLS_BACK.test(sql.text)) session.open.clear();
      return;
    }
    const { uses, literals } = found;
    for (const { sequence, at, isExact } of uses.takes) {
      const isParameter = 'parameter' in at;
      const literal = isParameter ? undefined : literals[at.literal];
      const value = isParameter ? sql.values?.[at.parameter] : literal?.digits;
      if (!value || !(INTEGER.test(value) || (isParameter && INTEGERS.test(value)))) continue;
      for (const digits of value.match(/\d+/g)!) {
        const key = isExact ? this.#keyOf(sequence, digits, session) : this.#knownKey(sequence, digits);
        if (key >= 0) this.#sent.push(place, isParameter ? at.parameter : -1 - literal!.start, key);
      }
    }
    if (failed !== undefined) return;
    for (const draw of uses.draws) this.#draw(id, dueUs, draw, place);
  }

  #knownKey(sequence: number, digits: string): number {
    return this.#keys[sequence]!.get(Number(digits)) ?? FOREIGN;
  }

  #keyOf(sequence: number, digits: string, session: Session | undefined): number {
    const number = Number(digits);
    if (number <= this.catalog.sequences[sequence]!.last || digits.startsWith('0')) return FOREIGN;
    const keys = this.#keys[sequence]!;
    const known = keys.get(number);
    if (known !== undefined) return known;
    const draws = session?.open.get(sequence);
    if (!draws) {
      keys.set(number, FOREIGN);
      return FOREIGN;
    }
    const key = this.#captured.push(number) - 1;
    keys.set(number, key);
    draws.keys.push(key);
    draws.least = Math.min(draws.least, number);
    draws.most = Math.max(draws.most, number);
    if (draws.keys.length === draws.rows) {
      this.#complete.push(draws);
      session!.open.delete(sequence);
    }
    return key;
  }

  #draw(
    id: number,
    dueUs: number,
    { sequence: named, isNew, answer }: KeyUses['draws'][number],
    place: number,
  ) {
    let session = this.#sessions.get(id);
    if (!session) {
      session = { open: new Map(), drewAtUs: new Map(), lastSequence: null, running: [] };
      this.#sessions.set(id, session);
    }
    const sequence = named ?? session.lastSequence;
    if (sequence === null) return;
    if (isNew) {
      session.lastSequence = sequence;
      session.drewAtUs.set(sequence, dueUs);
      session.open.delete(sequence);
    }
    if (!answer) return;
    this.#answered += answer.rows;
    const draws = {
      ...{ sequence, place, ...answer, keys: [] },
      ...{ fromUs: session.drewAtUs.get(sequence) ?? 0, toUs: Number.POSITIVE_INFINITY },
      ...{ least: Number.POSITIVE_INFINITY, most: 0 },
    };
    session.open.set(sequence, draws);
    session.running.push(draws);
  }

  /** After the last one; null if there are none. */
  result(): InferredKeys | null {
    const given: number[] = [];
    const isSure = new Set<number>();
    const inOrder = (draws: Draws) => this.catalog.sequences[draws.sequence]!.inOrder;
    const refused = contradicted(this.#complete.filter(inOrder));
    for (const draws of this.#complete.sort((a, b) => a.place - b.place)) {
      if (refused.has(draws)) continue;
      const { place, column, keys } = draws;
      keys.sort((a, b) => this.#captured[a]! - this.#captured[b]!);
      for (const [row, key] of keys.entries()) {
        isSure.add(key);
        given.push(place, row, column, key);
      }
    }
    if (given.length === 0) return null;
    const sent = [];
    for (let at = 0; at < this.#sent.length; at += SENT) {
      if (isSure.has(this.#sent[at + 2]!)) sent.push(...this.#sent.slice(at, at + SENT));
    }
    return {
      captured: share(Float64Array, this.#captured),
      given: share(Int32Array, given),
      sent: share(Int32Array, sent),
      unknown: this.#answered - isSure.size,
    };
  }
}

function share<T extends Int32Array | Float64Array>(
  Type: { new (buffer: SharedArrayBuffer): T; BYTES_PER_ELEMENT: number },
  numbers: readonly number[],
): T {
  const array = new Type(new SharedArrayBuffer(numbers.length * Type.BYTES_PER_ELEMENT));
  array.set(numbers);
  return array;
}

/** A literal that is a whole number, quoted or not; `digits` is '' of any other. */
interface Literal {
  digits: string;
  /** Where they begin, in UTF-16 code units. */
  start: number;
}

type Found = { uses: KeyUses; literals: readonly Literal[] };

/** What texts have to do with sequences. Those that differ in their literals only are parsed once. */
class Texts {
  readonly #byText = new LRUCache<string, { found: Found | null }>({ max: 5000 });
  readonly #byFrame = new LRUCache<string, { uses: KeyUses | null }>({ max: 5000 });

  constructor(readonly catalog: KeyCatalog) {}

  usesOf({ text }: SqlEvent['sql']): Found | null {
    let known = this.#byText.get(text);
    if (!known) {
      known = { found: this.#find(text) };
      this.#byText.set(text, known);
    }
    return known.found;
  }

  #find(text: string): Found | null {
    const literals: Literal[] = [];
    const starts: number[] = [];
    let frame = '';
    // Which sequence these ask stands in a literal.
    const isFramed = !/\b(?:nextval|currval)\b/i.test(text);
    for (const token of tokensOf(text)) {
      if (token.kind === 'comment') continue;
      frame += token.kind === 'literal' && isFramed ? '\0' : ` ${token.text}`;
      if (token.kind !== 'literal') continue;
      const quote = token.text.startsWith("'") ? 1 : 0;
      const digits = quote ? token.text.slice(1, -1) : token.text;
      literals.push({ digits: INTEGER.test(digits) ? digits : '', start: token.start + quote });
      starts.push(token.start);
    }
    let known = this.#byFrame.get(frame);
    if (!known) {
      known = { uses: keyUsesOf(text, byteOffsets(text, starts), this.catalog) };
      this.#byFrame.set(frame, known);
    }
    return known.uses && { uses: known.uses, literals };
  }
}

/** The parser has byte offsets. */
function byteOffsets(text: string, starts: readonly number[]): number[] {
  let bytes = 0;
  let end = 0;
  return starts.map((start) => {
    bytes += Buffer.byteLength(text.slice(end, start));
    end = start;
    return bytes;
  });
}
