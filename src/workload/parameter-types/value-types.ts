const DATE = String.raw`\d{4,6}-\d\d-\d\d`;
const TIME = String.raw`\d\d:\d\d(?::\d\d(?:\.\d+)?)?`;
const ZONE = String.raw`(?: ?(?:Z|UTC|[-+]\d\d(?::?\d\d){0,2}))`;
const AMOUNT = String.raw`[-+]?\d+(?:\.\d+)? ?(?:mic|mil|s|m|h|d|w|y|c)[a-z]*`;
const NUMBER = String.raw`[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|NaN|[-+]?Infinity`;

const matches = (...patterns: string[]) => {
  const pattern = new RegExp(`^(?:${patterns.join('|')})$`, 'i');
  return (value: string) => pattern.test(value);
};
const isInteger = matches(String.raw`[-+]?\d{1,19}`);
const isWithin = (value: string, bits: number) => {
  const number = isInteger(value) ? BigInt(value.replace('+', '')) : undefined;
  return number !== undefined && BigInt.asIntN(bits, number) === number;
};

/**
 * Which values are written as drivers write those of a type, the narrowest type first. That order keeps plans as they
 * were: a column of integers that is compared with a numeric has no index for it, and one of int8 has it for an int4.
 */
const SCALARS: Record<string, (value: string) => boolean> = {
  bool: matches('t', 'f', 'true', 'false'),
  int4: (value) => isWithin(value, 32),
  int8: (value) => isWithin(value, 64),
  numeric: matches(NUMBER),
  float8: matches(NUMBER),
  uuid: matches(String.raw`[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}`),
  date: matches(DATE),
  // Without a zone they are of the type that has none; functions for the other take them as well.
  timestamp: matches(`${DATE}(?:[T ]${TIME})?`),
  timestamptz: matches(`${DATE}(?:[T ]${TIME}${ZONE}?)?`),
  time: matches(TIME),
  timetz: matches(`${TIME}${ZONE}`),
  interval: matches(
    String.raw`P(?=[T\d-])[-.\dYMWDTHS:]+`,
    `@? ?(?:${AMOUNT}[, ]*)+(?: ago)?`,
    String.raw`(?:${AMOUNT}[, ]*)*[-+]?\d+:\d\d(?::\d\d(?:\.\d+)?)?`,
  ),
  bytea: matches(String.raw`\\x(?:[\da-f]{2})*`),
};

const CANDIDATES: Record<string, (value: string) => boolean> = {
  ...SCALARS,
  jsonb: isJson,
  json: isJson,
  ...Object.fromEntries(
    Object.entries(SCALARS).map(([name, test]) => [`_${name}`, (value) => elementsOf(value)?.every(test)]),
  ),
  _text: (value) => elementsOf(value) !== undefined,
  // Any value is one.
  text: () => true,
};

/** The types that a parameter may have had, by the values that it is seen with; fewer with each. */
export class ValueTypes {
  #names = Object.keys(CANDIDATES);

  /** Whether it has had no value but NULL, which is one of any type. */
  alwaysNull = true;

  see(value: string | null): void {
    if (value === null) return;
    this.alwaysNull = false;
    if (this.#names.length === 1) return;
    this.#names = this.#names.filter((name) => CANDIDATES[name]!(value));
  }

  /** Their names in `pg_type`, the likeliest first; `text` is always the last. */
  get names(): readonly string[] {
    return this.#names;
  }
}

/** Whether a type is one that values are told by. */
export function isToldByValues(name: string): boolean {
  return Object.hasOwn(CANDIDATES, name);
}

/** What each of a statement's values looks like: the name of a type, or `null`. */
export function likenessOf(values: readonly (string | null)[]): string[] {
  return values.map((value) =>
    value === null ? 'null' : Object.keys(CANDIDATES).find((name) => CANDIDATES[name]!(value))!,
  );
}

function isJson(value: string): boolean {
  if (!/^\s*[[{]/.test(value)) return false;
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

/** The elements of an array as PostgreSQL writes it, of all dimensions; undefined if it is none. */
function elementsOf(value: string): string[] | undefined {
  if (!value.startsWith('{') || !value.endsWith('}')) return undefined;
  const elements = value.matchAll(/"((?:[^"\\]|\\.)*)"|[^{},"]+/g);
  return [...elements]
    .map(([bare, quoted]) => quoted?.replace(/\\(.)/g, '$1') ?? bare)
    .filter((element) => element !== 'NULL');
}
