import type { DatabaseError } from 'pg';
import { parseStatements, tokensOf, walk } from '../../router/sql/index.js';

/** A place where a statement has a parameter. */
export interface Occurrence {
  /** As in `$1`. */
  number: number;
  /** Where it begins, and what follows it, in UTF-16 code units. */
  start: number;
  end: number;
}

/** The places where a text has parameters, in their order. */
export function occurrencesOf(text: string): Occurrence[] {
  return [...tokensOf(text)]
    .filter(({ kind }) => kind === 'parameter')
    .map((token) => ({
      number: Number(token.text.slice(1)),
      start: token.start,
      end: token.start + token.text.length,
    }));
}

/**
 * The numbers of the parameters that an error of the server's concerns: the one that it names, those within the
 * expression that it points to, or else the nearest to its place; all where it has no place. The parser must be loaded.
 */
export function concernedBy({ message, where, position }: DatabaseError, text: string): number[] {
  const named = /\$(\d+)/.exec(`${message}\n${where ?? ''}`);
  if (named) return [Number(named[1])];
  const occurrences = occurrencesOf(text);
  if (position === undefined) return occurrences.map(({ number }) => number);
  // The server counts characters, from 1; the parser has byte offsets.
  const before = [...text].slice(0, Number(position) - 1).join('');
  const within = parametersAt(text, Buffer.byteLength(before));
  if (within.length > 0) return within;
  const distance = ({ start }: Occurrence) => Math.abs(start - before.length);
  const nearest = occurrences.sort((a, b) => distance(a) - distance(b));
  return nearest.slice(0, 1).map(({ number }) => number);
}

/** The parameters in the expressions that begin, or have their operator, at a byte. */
function parametersAt(text: string, location: number): number[] {
  const numbers = new Set<number>();
  walk(parseStatements(text), (expression) => {
    if (Number(expression.location ?? 0) !== location) return true;
    walk(expression, (node, name) => {
      if (name === 'ParamRef' && typeof node.number === 'number') numbers.add(node.number);
      return true;
    });
    return true;
  });
  return [...numbers].sort((a, b) => a - b);
}
