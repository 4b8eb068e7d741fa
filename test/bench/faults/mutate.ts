import type { Random } from '../../../src/machine/pure.js';

/** Something with one thing in it wrong, and what. */
export interface Mutated {
  what: string;
  content: string | Buffer;
}

/** Stands for a number that JSON can write and no number can hold. */
const BEYOND = '@@beyond@@';

const WRONG: readonly { what: string; make(value: unknown): unknown }[] = [
  { what: 'null', make: () => null },
  { what: 'its negative', make: (value) => (typeof value === 'number' && value !== 0 ? -value : -1) },
  { what: 'zero', make: () => 0 },
  { what: 'a billion', make: () => 1e9 },
  { what: 'a huge number', make: () => 1e308 },
  { what: 'an infinite number', make: () => BEYOND },
  { what: 'a fraction', make: () => 0.123 },
  { what: 'a number as text', make: (value) => String(value ?? 1) },
  { what: 'an empty text', make: () => '' },
  { what: 'a text with escape codes', make: () => '\u001b]0;owned\u0007\u001b[2J\u202etxt' },
  { what: 'a name that objects have', make: () => '__proto__' },
  { what: 'a path that leads out', make: () => '../../../etc/passwd' },
  { what: 'an empty list', make: () => [] },
  { what: 'an empty object', make: () => ({}) },
  { what: 'a list of it', make: (value) => [value] },
  { what: 'true', make: () => true },
];

/** How far down the wrong thing may be: what lies deep is most of a record, and little of what can be wrong in it. */
const DEEPER = 0.75;

/** A value with one part deleted, renamed, twice there, or replaced by something of another kind. */
export function mutateValue(value: unknown, chance: Random): { what: string; value: unknown } {
  const copy = { top: structuredClone(value) };
  let holder = copy as Record<string, unknown>;
  let key = 'top';
  const path: string[] = [];
  for (;;) {
    const inner = holder[key];
    const keys = inner !== null && typeof inner === 'object' ? Object.keys(inner) : [];
    if (keys.length === 0 || (path.length > 0 && chance.next() > DEEPER)) break;
    holder = inner as Record<string, unknown>;
    key = chance.pick(keys);
    path.push(key);
  }
  const at = path.join('.');
  const turn = chance.next();
  if (turn < 0.2) {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
    return { what: `${at} is not there`, value: copy.top };
  }
  if (turn < 0.25 && Array.isArray(holder)) {
    holder.push(holder[Number(key)]);
    return { what: `${at} is there twice`, value: copy.top };
  }
  const { what, make } = chance.pick(WRONG);
  holder[key] = make(holder[key]);
  return { what: `${at} is ${what}`, value: copy.top };
}

/** As JSON, in which a number may be beyond all that can be held. */
export function asJson(value: unknown): string {
  return `${JSON.stringify(value)}\n`.replaceAll(JSON.stringify(BEYOND), '1e999');
}

const DAMAGES: readonly { what: string; make(bytes: Buffer, chance: Random): Buffer }[] = [
  { what: 'cut', make: (bytes, chance) => bytes.subarray(0, chance.below(bytes.length)) },
  { what: 'empty', make: () => Buffer.alloc(0) },
  { what: 'without its beginning', make: (bytes, chance) => bytes.subarray(chance.below(bytes.length)) },
  { what: 'random bytes in it', make: (bytes, chance) => spliced(bytes, chance, noise(chance, 64)) },
  { what: 'NULs in it', make: (bytes, chance) => spliced(bytes, chance, Buffer.alloc(512)) },
  { what: 'a part of it twice', make: (bytes, chance) => spliced(bytes, chance, part(bytes, chance)) },
  { what: 'a quote too many', make: (bytes, chance) => spliced(bytes, chance, Buffer.from('"')) },
  { what: 'other bytes altogether', make: (_, chance) => noise(chance, 4096) },
  { what: 'a mark of its byte order', make: (bytes) => Buffer.concat([Buffer.from('\ufeff'), bytes]) },
  { what: 'in UTF-16', make: (bytes) => Buffer.from(bytes.toString(), 'utf16le') },
];

/** A file that was damaged. */
export function damage(content: string, chance: Random): Mutated {
  const { what, make } = chance.pick(DAMAGES);
  return { what, content: make(Buffer.from(content), chance) };
}

function spliced(bytes: Buffer, chance: Random, put: Buffer): Buffer {
  const at = chance.below(bytes.length);
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + chance.below(put.length + 1))]);
}

function part(bytes: Buffer, chance: Random): Buffer {
  const at = chance.below(bytes.length);
  return bytes.subarray(at, at + 1 + chance.below(4096));
}

function noise(chance: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => chance.below(256)));
}
