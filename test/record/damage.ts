/** Ways to damage a written file's JSON. */

export type Path = readonly (string | number)[];

/** A copy in which the field at a path has another value; undefined: it is gone. */
export function changed<T>(value: T, path: Path, to: unknown): T {
  const [key, ...rest] = path;
  if (key === undefined) return to as T;
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string | number, unknown>;
  if (rest.length > 0) copy[key] = changed(copy[key], rest, to);
  else if (to === undefined && Array.isArray(copy)) copy.splice(Number(key), 1);
  else if (to === undefined) delete copy[key];
  else copy[key] = to;
  return copy as T;
}

/** Where all is that a value holds; of lists, what is in their first and their last element. */
export function pathsIn(value: unknown, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [path];
  const entries = Object.entries(value);
  const shown = Array.isArray(value) && entries.length > 2 ? [entries[0]!, entries.at(-1)!] : entries;
  return [path, ...shown.flatMap(([key, part]) => pathsIn(part, [...path, key]))];
}

/** As JSON, in which what is infinite is written as a number that is read as infinite. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_key, part) =>
    part === Number.POSITIVE_INFINITY ? '@1e999' : part === Number.NEGATIVE_INFINITY ? '@-1e999' : part,
  ).replaceAll(/"@(-?1e999)"/g, '$1');
}
