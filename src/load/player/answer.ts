import { createHmac } from 'node:crypto';
import { sumOf } from '../../machine/pure.js';
import type { Answer } from '../../record/pure.js';

/** An ISO timestamp as PostgreSQL writes it in a column or in JSON. */
const TIMESTAMP = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?/g;
const IN_THE_RUN = '<a moment of the run>';
const DAY_MS = 86_400_000;
/** Between this clock and the server's. */
const CLOCK_MS = 60_000;
/** Characters of a hash that are kept: 72 bits, so that no two of some millions of answers share one by chance. */
const HASH_LENGTH = 12;

/**
 * Makes answers comparable between two runs of one trace. Moments after the run's start count as equal: what a
 * workload stamps with now() is another instant in every run, and says nothing about a replica.
 */
export class AnswerReader {
  /** No timestamp before this day lies in the run, whatever its zone. */
  readonly #firstDay: string;

  /**
   * @param key of the hashes, the same for both runs
   * @param startMs the run's start in ms since the epoch
   */
  constructor(
    readonly key: string,
    readonly startMs: number,
  ) {
    this.#firstDay = new Date(startMs - DAY_MS).toISOString().slice(0, 10);
  }

  /** Of the rows of an SQL result, in the server's text format. */
  ofRows(rows: (string | null)[][]): Answer {
    return this.#ofLines(rows.map((row) => this.#timeless(JSON.stringify(row))));
  }

  /** Of a response's body: a JSON document, whose arrays may be in another order at any depth, or lines of text. */
  ofBody(body: string): Answer {
    const text = this.#timeless(body);
    let document: unknown;
    try {
      document = JSON.parse(text);
    } catch {
      return this.#ofLines(text.split('\n'));
    }
    return { rows: rowsIn(document), exact: this.#hash(text), unordered: this.#hash(sorted(document)) };
  }

  /** Of an answer that there is nothing such. */
  ofNothing(): Answer {
    return this.#ofLines([]);
  }

  #ofLines(lines: string[]): Answer {
    const exact = this.#hash(lines.join('\n'));
    const rows = lines.length;
    return { rows, exact, unordered: rows < 2 ? exact : this.#hash(lines.sort().join('\n')) };
  }

  #timeless(text: string): string {
    return text.replace(TIMESTAMP, (stamp) => {
      if (stamp < this.#firstDay) return stamp;
      const ms = momentOf(stamp);
      return ms >= this.startMs && ms <= Date.now() + CLOCK_MS ? IN_THE_RUN : stamp;
    });
  }

  #hash(text: string): string {
    return createHmac('sha256', this.key).update(text).digest('base64url').slice(0, HASH_LENGTH);
  }
}

/** In ms since the epoch; a timestamp without a zone is taken as UTC, the servers' own. */
function momentOf(stamp: string): number {
  const zone = /(?:Z|[+-]\d\d(?::?\d\d)?)$/.exec(stamp.slice(19))?.[0] ?? '';
  const local = stamp.slice(0, stamp.length - zone.length).replace(' ', 'T');
  const offset = zone === '' ? 'Z' : zone.length === 3 ? `${zone}:00` : zone;
  return Date.parse(local + offset);
}

function rowsIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const parts = Object.values(value);
  const inside = sumOf(parts, rowsIn);
  if (!Array.isArray(value)) return 1 + inside;
  return inside + parts.filter((part) => typeof part !== 'object' || part === null).length;
}

/** A document's text with the elements of every array in one order. */
function sorted(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(sorted).sort().join(',')}]`;
  const fields = Object.entries(value).map(([name, part]) => `${JSON.stringify(name)}:${sorted(part)}`);
  return `{${fields.join(',')}}`;
}
