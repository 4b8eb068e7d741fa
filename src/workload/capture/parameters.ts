import type { SkipCode } from './statements.js';

const LIST = /(?:^|portal(?: "[^\n]*")? with )[Pp]arameters: /;
const VALUE = /\$(\d+) = (?:NULL|'([^']*(?:''[^']*)*)')(, |$|\n)/y;

/**
 * Reads the parameters of a prepared statement out of a DETAIL (`Parameters: $1 = 'it''s', $2 = NULL`; before
 * PostgreSQL 16 `parameters: …`), or out of the CONTEXT of an error (`unnamed portal with parameters: …`).
 * @returns the values in PostgreSQL's text format, null being NULL, and which of them may have been cut by
 * `log_parameter_max_length`, since they end with its `...`; undefined if the text holds no whole list
 */
export function parseParameters(text: string): { values: (string | null)[]; mayBeCut: number[] } | undefined {
  const list = LIST.exec(text);
  if (!list) return undefined;
  const values: (string | null)[] = [];
  const mayBeCut: number[] = [];
  VALUE.lastIndex = list.index + list[0].length;
  for (;;) {
    const match = VALUE.exec(text);
    if (!match || Number(match[1]) !== values.length + 1) return undefined;
    const [, , quoted, separator] = match;
    if (quoted?.endsWith('...')) mayBeCut.push(values.length);
    values.push(quoted === undefined ? null : quoted.includes("''") ? quoted.replaceAll("''", "'") : quoted);
    if (separator !== ', ') return { values, mayBeCut };
  }
}

/** A statement's values (none: it has no parameters), or why they can't be had. */
export interface StatementParameters {
  values?: (string | null)[];
  skip?: SkipCode;
}

/**
 * Reads the parameters of one session's statements and tells cut ones from those that only end in dots: a session
 * cuts all its values at one length, so one that logged a longer whole value before did not cut this one.
 */
export class ParameterReader {
  #longestWholeBytes = 0;

  /** @param listing the DETAIL of the statement, or the CONTEXT of its failure */
  read(listing: string, needed: boolean): StatementParameters {
    const parameters = parseParameters(listing);
    if (!parameters) {
      if (/^[Pp]arameters: /.test(listing)) return { skip: 'badParameters' };
      return needed ? { skip: 'noParameters' } : {};
    }
    const { values, mayBeCut } = parameters;
    values.forEach((value, i) => {
      if (value !== null && value.length > this.#longestWholeBytes / 4 && !mayBeCut.includes(i)) {
        this.#longestWholeBytes = Math.max(this.#longestWholeBytes, Buffer.byteLength(value));
      }
    });
    // The dots' three bytes also make up for those of a character that the cut would have split.
    const isCut = mayBeCut.some((i) => Buffer.byteLength(values[i]!) >= this.#longestWholeBytes);
    return isCut ? { skip: 'cutParameters' } : { values };
  }
}
