import { createHash, createHmac } from 'node:crypto';

/** What a symbol may be: a number from 0 to below its radix. */
export interface Symbols {
  values: number[];
  radices: number[];
}

/** As many as NIST SP 800-38G has in FF3; each half is changed four times. */
const ROUNDS = 8;
const HASH_BYTES = 32;

/**
 * Replaces symbols by others of the same radices, under a key: what is different stays different, so that keys stay keys.
 * A Feistel network over the symbols' two halves: each in turn is shifted by a stream that HMAC-SHA256 makes of the other.
 * `mask.sql` does the same.
 */
export class Permutation {
  constructor(private readonly key: string) {}

  /** @param kind what the symbols are of: each kind has a permutation of its own */
  of(kind: string, { values: given, radices }: Symbols): number[] {
    const values = [...given];
    const { length } = values;
    if (length === 1) return [this.#shifted(kind, values[0]!, radices[0]!)];
    const half = length >> 1;
    for (let round = 0; round < ROUNDS; round++) {
      const [from, to] = round % 2 === 0 ? [0, half] : [half, length];
      if (from === to) continue;
      const others = round % 2 === 0 ? values.slice(half) : values.slice(0, half);
      let stream = createHmac('sha256', this.key)
        .update(`${kind}:${round}:${length}:${others.join(',')}`)
        .digest();
      for (let i = from; i < to; i++) {
        const at = (2 * (i - from)) % HASH_BYTES;
        if (at === 0 && i > from) stream = createHash('sha256').update(stream).digest();
        values[i] = (values[i]! + stream.readUInt16BE(at)) % radices[i]!;
      }
    }
    return values;
  }

  /** A symbol that stands alone has no other half. It becomes another one. */
  #shifted(kind: string, value: number, radix: number): number {
    const shift = createHmac('sha256', this.key).update(kind).digest().readUInt16BE();
    return (value + 1 + (shift % (radix - 1))) % radix;
  }
}
