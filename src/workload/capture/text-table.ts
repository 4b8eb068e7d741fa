/** How many places it has at first, a power of two. */
const FEWEST_PLACES = 1024;
/** The share of its places that are taken at most: from any, the next free one is near. */
const MOST_TAKEN = 0.75;

/**
 * Whole numbers by texts, outside of the JavaScript heap. Of a text no more than 64 bits are kept: among a million, two are
 * taken for the same by a chance of one in thirty million.
 */
export class TextTable {
  /** By place: the two hashes of its text, and its number. A place is free where both hashes are 0. */
  #hashes = new Uint32Array(2 * FEWEST_PLACES);
  #numbers = new Uint32Array(FEWEST_PLACES);
  #taken = 0;

  /** @returns 0 for a text without a number */
  get(text: string): number {
    return this.#numbers[this.#placeOf(hashOf(text), otherHashOf(text))]!;
  }

  set(text: string, number: number): void {
    const [hash, other] = [hashOf(text), otherHashOf(text)];
    const place = this.#placeOf(hash, other);
    if (this.#isFree(place) && ++this.#taken > MOST_TAKEN * this.#numbers.length) {
      this.#grow();
      this.#put(this.#placeOf(hash, other), hash, other, number);
    } else {
      this.#put(place, hash, other, number);
    }
  }

  #isFree(place: number): boolean {
    return this.#hashes[2 * place] === 0 && this.#hashes[2 * place + 1] === 0;
  }

  /** Where a text is, or else the free place for it. */
  #placeOf(hash: number, other: number): number {
    const last = this.#numbers.length - 1;
    let place = hash & last;
    while (
      !this.#isFree(place) &&
      (this.#hashes[2 * place] !== hash || this.#hashes[2 * place + 1] !== other)
    )
      place = (place + 1) & last;
    return place;
  }

  #put(place: number, hash: number, other: number, number: number): void {
    this.#hashes[2 * place] = hash;
    this.#hashes[2 * place + 1] = other;
    this.#numbers[place] = number;
  }

  #grow(): void {
    const [hashes, numbers] = [this.#hashes, this.#numbers];
    this.#hashes = new Uint32Array(2 * hashes.length);
    this.#numbers = new Uint32Array(2 * numbers.length);
    for (let i = 0; i < numbers.length; i++) {
      const [hash, other] = [hashes[2 * i]!, hashes[2 * i + 1]!];
      if (hash !== 0 || other !== 0) this.#put(this.#placeOf(hash, other), hash, other, numbers[i]!);
    }
  }
}

/** FNV-1a, of 32 bits, its last ones made to depend on all. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** Another one, of the same length: texts that share the first share this one by chance alone. */
function otherHashOf(text: string): number {
  let hash = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x85ebca6b);
    hash ^= hash >>> 13;
  }
  return hash >>> 0;
}
