/**
 * The parameters of a prepared statement, as the server logs them:
 * `Parameters: $1 = 'it''s', $2 = NULL` (before PostgreSQL 16 `parameters: …`).
 */
export interface LoggedParameters {
  /** In PostgreSQL's text format; null is NULL. */
  values: (string | null)[];
  /** Those that may have been cut by `log_parameter_max_length`: the server then ends them with `...`. */
  mayBeCut: number[];
}

const LIST = /(?:^|portal(?: "[^\n]*")? with )[Pp]arameters: /;
const VALUE = /\$(\d+) = (?:NULL|'([^']*(?:''[^']*)*)')(, |$|\n)/y;

/**
 * Reads the parameters out of a DETAIL, or out of the CONTEXT of an error (`unnamed portal with parameters: …`).
 * @returns undefined if it holds none, or what it holds isn't a whole list
 */
export function parseParameters(text: string): LoggedParameters | undefined {
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
