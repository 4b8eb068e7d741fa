/** In bytes: more than the caches that a core has to itself, and less than what the cores of a server share. */
const WALKED_BYTES = 16 * 2 ** 20;
/** Steps of a unit: two ms or so, about half of each. */
const STEPS = { walk: 8_000, hash: 220_000 };

/**
 * Work that is the same each time, such as a database does: integers are mixed, as in hashing keys, and memory is walked
 * from one place to the next that only its content tells, as in looking up an index.
 * @returns does a unit of it; what it returns keeps the compiler from leaving it out
 */
export function fixedWork(): () => number {
  const memory = new Int32Array(WALKED_BYTES / Int32Array.BYTES_PER_ELEMENT);
  // Untouched memory would be one and the same page of zeros.
  for (let at = 0; at < memory.length; at++) memory[at] = Math.imul(at, 0x9e3779b1);
  const mask = memory.length - 1;
  let at = 1;
  let hash = 1;
  return () => {
    for (let step = 0; step < STEPS.walk; step++) {
      at = Math.imul(at ^ memory[(at >>> 7) & mask]!, 0x85ebca6b) + step;
    }
    for (let step = 0; step < STEPS.hash; step++) {
      hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) + step;
    }
    return at ^ hash;
  };
}
