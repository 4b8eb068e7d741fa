import type { SkipCode } from './statements.js';

const LIST = /(?:^|portal(?: "[^\n]*")? with )[Pp]arameters: /;
const REFUSED = /portal(?: "[^\n]*")? parameter \$(\d+) = '([^']*(?:''[^']*)*)'/;
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

/** Whether the CONTEXT of an error is of a value that isn't one of its parameter's type: the statement was never run. */
export function failedToBind(context: string): boolean {
  return REFUSED.test(context);
}

/**
 * Of such values the server tells the first alone (`unnamed portal parameter $2 = 'x'`). Whatever the others were, they
 * make no difference: they are taken for NULL.
 * @param count how many parameters the statement takes
 */
function refusedParameter(context: string, count: number): ReturnType<typeof parseParameters> {
  const [, number, quoted] = REFUSED.exec(context) ?? [];
  const place = Number(number) - 1;
  // Errors have a limit of length of their own: what ends in dots may have been cut.
  if (quoted === undefined || quoted.endsWith('...') || place >= count) return undefined;
  const values = Array.from({ length: count }, (_, i) => (i === place ? quoted.replaceAll("''", "'") : null));
  return { values, mayBeCut: [] };
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
  /** Of the values so far that weren't cut. */
  longestWholeBytes = 0;

  /**
   * @param listing the DETAIL of the statement, or the CONTEXT of its failure
   * @param count how many parameters it takes
   */
  read(listing: string, count: number): StatementParameters {
    const parameters = parseParameters(listing) ?? refusedParameter(listing, count);
    if (!parameters) {
      if (/^[Pp]arameters: /.test(listing)) return { skip: 'badParameters' };
      return count > 0 ? { skip: 'noParameters' } : {};
    }
    const { values, mayBeCut } = parameters;
    values.forEach((value, i) => {
      if (value !== null && value.length > this.longestWholeBytes / 4 && !mayBeCut.includes(i)) {
        this.longestWholeBytes = Math.max(this.longestWholeBytes, Buffer.byteLength(value));
      }
    });
    // The dots' three bytes also make up for those of a character that the cut would have split.
    const isCut = mayBeCut.some((i) => Buffer.byteLength(values[i]!) >= this.longestWholeBytes);
    return isCut ? { skip: 'cutParameters' } : { values };
  }
}
