import { createHash, createHmac } from 'node:crypto';

/** What a symbol may be: a number from 0 to below its radix. */
export interface Symbols {
  values: number[];
  radices: number[];
}

/** As many as NIST SP 800-38G has in FF3; each half is changed four times. */
const ROUNDS = 8;
export const HASH_BYTES = 32;

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
      let stream = this.hash(`${kind}:${round}:${length}:${others.join(',')}`);
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
    const shift = this.hash(kind).readUInt16BE();
    return (value + 1 + (shift % (radix - 1))) % radix;
  }

  /**
   * Replaces octets by others so that those that begin alike, to whatever bit, still do. As in Crypto-PAn, each bit is
   * turned, or not, as those before it say: of an octet, by the bits of one hash, which are a tree.
   */
  ofPrefixes(octets: number[]): number[] {
    return octets.map((octet, i) => {
      const tree = this.hash(`p${octets.length}:${octets.slice(0, i).join(',')}`);
      let masked = 0;
      let node = 1;
      for (let place = 7; place >= 0; place--) {
        const bit = (octet >> place) & 1;
        masked = 2 * masked + (bit ^ ((tree[node >> 3]! >> (node & 7)) & 1));
        node = 2 * node + bit;
      }
      return masked;
    });
  }

  /** As many bytes as {@link HASH_BYTES}, which depend on the key. */
  hash(text: string): Buffer {
    return createHmac('sha256', this.key).update(text).digest();
  }
}
