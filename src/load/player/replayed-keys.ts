import type { QueryResult } from 'pg';
import { formatCount } from '../../machine/pure.js';
import { GIVEN, type InferredKeys, SENT } from '../../workload/generated-keys/index.js';
import type { SqlEvent } from '../../workload/index.js';

type Sql = SqlEvent['sql'];

/** Keys of a trace, and what the replay has been given in their place. In arrays that the player's threads share. */
export interface SharedKeys extends InferredKeys {
  /** By key; 0 until it is given. */
  replayed: BigInt64Array;
  /** How many statements were sent with such keys in place of the captured ones. */
  statements: Int32Array;
}

export function shareKeys(keys: InferredKeys): SharedKeys {
  return {
    ...keys,
    replayed: new BigInt64Array(new SharedArrayBuffer(8 * keys.captured.length)),
    statements: new Int32Array(new SharedArrayBuffer(4)),
  };
}

/** Puts the numbers that the replay's sequences gave in place of the captured ones, where statements send these back. */
export class ReplayedKeys {
  constructor(readonly keys: SharedKeys) {}

  /**
   * An event's statement with the replay's keys. One that the replay has not been given stays as it was captured.
   * @param place the event's, in the trace
   */
  put(sql: Sql, place: number): Sql {
    const { sent, captured, replayed, statements } = this.keys;
    let at = firstOf(sent, SENT, place);
    if (sent[at] !== place) return sql;
    const bySlot = new Map<number, Map<string, string>>();
    for (; sent[at] === place; at += SENT) {
      const [, slot, key] = sent.subarray(at, at + SENT) as unknown as [number, number, number];
      const number = Atomics.load(replayed, key);
      if (number === 0n) continue;
      const numbers = bySlot.get(slot) ?? new Map<string, string>();
      bySlot.set(slot, numbers.set(String(captured[key]), String(number)));
    }
    if (bySlot.size === 0) return sql;
    Atomics.add(statements, 0, 1);
    let { text } = sql;
    const values = sql.values && [...sql.values];
    // Those of literals are below 0, the last in the text first: what is before them stays in its place.
    for (const [slot, numbers] of [...bySlot].sort(([a], [b]) => a - b)) {
      const put = (digits: string) => numbers.get(digits) ?? digits;
      if (slot >= 0) values![slot] = values![slot]!.replace(/\d+/g, put);
      else text = text.slice(0, -1 - slot) + text.slice(-1 - slot).replace(/\d+/, put);
    }
    return { text, values };
  }

  /**
   * Notes what an event's statement was given.
   * @param place the event's, in the trace
   */
  learn(result: QueryResult | QueryResult[], place: number): void {
    const { given, replayed } = this.keys;
    if (Array.isArray(result)) return;
    for (let at = firstOf(given, GIVEN, place); given[at] === place; at += GIVEN) {
      const [, row, column, key] = given.subarray(at, at + GIVEN) as unknown as number[];
      const value = (result.rows[row!] as (string | null)[] | undefined)?.[column!];
      if (value && /^\d+$/.test(value)) Atomics.store(replayed, key!, BigInt(value));
    }
  }
}

/** Where a place's entries begin, if it has some: they are in the order of their places. */
function firstOf(entries: Int32Array, fields: number, place: number): number {
  let low = 0;
  let high = entries.length / fields;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle * fields]! < place) low = middle + 1;
    else high = middle;
  }
  return low * fields;
}

/** What the reader of a replay should know of keys, in a sentence. */
export function remarkOnKeys({ given, unknown, statements }: SharedKeys): string {
  const sentence =
    `${formatCount(given.length / GIVEN)} numbers that sequences had given out when the trace was captured were found in later statements: ` +
    `in ${formatCount(statements[0]!)} statements the replay sent those that it was given instead.`;
  return unknown === 0 ? sentence : `${sentence} Of ${formatCount(unknown)} more, no later statement tells.`;
}
