import type { Client, DatabaseError } from 'pg';
import { concernedBy, type Occurrence, occurrencesOf } from './concerned.js';
import type { DatabaseTypes } from './database-types.js';
import { type Description, describe } from './describe.js';
import type { ParameterizedShape } from './survey.js';
import { isToldByValues } from './value-types.js';

/** A parameter whose type the server is to infer. */
export const INFERRED = 0;

/** How the server says that it can't tell a parameter's type, or has inferred one that doesn't fit where it is used. */
const UNTOLD = new Set(['42P08', '42P18', '42725', '42883', '42804', '42846']);
/** How it says that a value isn't one of its parameter's type. */
const MISFIT = new Set(['22P02', '22007', '22008', '22003', '22P03']);

/** Questions to the server about one shape: what a search through all combinations might take has no end. */
const MAX_QUESTIONS = 500;

export interface Finding {
  /** OIDs of the parameters' types, {@link INFERRED} where none has to be said. */
  types: number[];
  /** Why the server refuses the statement with any types; null if it takes it with these. */
  error: DatabaseError | null;
}

/**
 * Finds the types with which a server takes statements of a shape, and says none that it finds by itself. The parser must
 * be loaded. What the server refuses for other reasons than types, such as a table that isn't there, is left alone.
 */
export async function findTypes(
  client: Client,
  database: DatabaseTypes,
  shape: ParameterizedShape,
): Promise<Finding> {
  const search = new Search(client, database, shape);
  const untyped = shape.valueTypes.map(() => INFERRED);
  const error = await search.problemWith(untyped);
  const types = error && (await search.settle(untyped, error));
  if (types) return { types, error: null };
  // Values that fit no type that it could be were refused when they were captured, too.
  return { types: untyped, error: error && UNTOLD.has(error.code!) ? error : null };
}

class Search {
  readonly #occurrences: Occurrence[];
  #questions = 0;

  constructor(
    readonly client: Client,
    readonly database: DatabaseTypes,
    readonly shape: ParameterizedShape,
  ) {
    this.#occurrences = occurrencesOf(shape.text);
  }

  /** Why the server refuses the statement with these types; null if it doesn't, or not for its types. */
  async problemWith(types: readonly number[]): Promise<DatabaseError | null> {
    let misfit: DatabaseError | null = null;
    for (const values of this.shape.samples) {
      const { error, types: parsed } = await this.#ask(this.shape.text, types, values);
      if (parsed === null)
        return UNTOLD.has(error!.code!) || types.some((oid) => oid !== INFERRED) ? error : null;
      if (error === null || !MISFIT.has(error.code!)) return null;
      misfit = error;
    }
    return misfit;
  }

  /**
   * Says more types, one parameter after the other as the server complains, until it takes the statement.
   * @param problem what it says of it with the types so far
   * @returns null if there are none
   */
  async settle(types: readonly number[], problem: DatabaseError): Promise<number[] | null> {
    const open = concernedBy(problem, this.shape.text).find((number) => types[number - 1] === INFERRED);
    if (open === undefined) return null;
    for (const candidate of await this.#candidates(open, types, problem)) {
      if (this.#questions > MAX_QUESTIONS) return null;
      const more = types.with(open - 1, candidate);
      const next = await this.problemWith(more);
      const found = next ? await this.settle(more, next) : more;
      if (found) return found;
    }
    return null;
  }

  /** The types that a parameter may have, the likeliest first. */
  async #candidates(number: number, types: readonly number[], problem: DatabaseError): Promise<Set<number>> {
    const elsewhere = new Set<number>();
    for (const occurrence of this.#occurrences) {
      if (occurrence.number !== number) continue;
      const inferred = await this.#inferredAt(occurrence, types);
      if (inferred) elsewhere.add(inferred);
    }
    // It is what the server makes of a parameter that could be anything.
    const text = this.database.oidOf('text')!;
    if (elsewhere.delete(text)) elsewhere.add(text);
    const { names, alwaysNull } = this.shape.valueTypes[number - 1]!;
    const byValues = names.flatMap((name) => this.database.oidOf(name) ?? []);
    // A driver sends the place for a function's result (`{? = call f(?)}`) along, as nothing that the function takes.
    const unfilled = problem.code === '42883' && alwaysNull ? [this.database.oidOf('void')!] : [];
    const byContext = [...unfilled, ...elsewhere, ...this.#operandsIn(problem)];
    // A date would take a value with a time, and lose that.
    const mayHold = (oid: number) =>
      byValues.includes(oid) || !isToldByValues(this.database.nameOf(oid) ?? '');
    return new Set([...byContext.filter(mayHold), ...byValues, ...byContext]);
  }

  /**
   * The type that the server infers for a parameter where it is used in one place: the statement has NULL in all others, but
   * for parameters whose types are known.
   */
  async #inferredAt(place: Occurrence, types: readonly number[]): Promise<number | undefined> {
    const { text } = this.shape;
    const asked = [INFERRED];
    let reduced = '';
    let end = 0;
    for (const occurrence of this.#occurrences) {
      const type = types[occurrence.number - 1] ?? INFERRED;
      reduced += text.slice(end, occurrence.start);
      end = occurrence.end;
      if (occurrence === place) reduced += '$1';
      else if (type !== INFERRED) reduced += `$${asked.push(type)}`;
      else reduced += 'NULL';
    }
    const description = await this.#ask(reduced + text.slice(end), asked);
    return description.types?.[0];
  }

  /** `operator does not exist: text = integer`: what is compared with a column mostly has the column's type. */
  #operandsIn({ code, message }: DatabaseError): number[] {
    const signature = code === '42883' ? /: (.+) [-+*/<>=~!@#%^&|`?]+ (.+)$/.exec(message) : null;
    return (signature?.slice(1) ?? []).flatMap((words) => this.database.oidInWords(words) ?? []);
  }

  #ask(text: string, types: readonly number[], values?: readonly (string | null)[]): Promise<Description> {
    this.#questions++;
    return describe(this.client, text, types, values);
  }
}
