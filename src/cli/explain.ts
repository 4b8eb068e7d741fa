import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { explainSystemError } from '../machine/index.js';
import { BenchError, messageOf } from '../machine/pure.js';
import { sayAside } from './output.js';

/** Says what went wrong in one sentence (with `debug`, its stack too) and gives the exit code. */
export function explain(error: unknown, debug: boolean): number {
  if (error instanceof CommanderError) {
    // Help and version end here too, with exit code 0; commander has printed its own sentence.
    return error.exitCode === 0 ? 0 : 2;
  }
  const known = asBenchError(error);
  sayAside(`bench: ${known.message}`);
  if (debug) sayAside(...inspect(error).split('\n'));
  return known.exitCode;
}

/** The sentence for whatever was thrown. */
export function asBenchError(error: unknown): BenchError {
  const first = firstOf(error);
  if (first instanceof BenchError) return first;
  return (
    explainSystemError(first) ??
    new BenchError(
      'UNEXPECTED',
      `Unexpected error: ${messageOf(first)} (run again with --debug for its stack).`,
      { exitCode: 4, cause: first },
    )
  );
}

/** What went wrong first: errors of tidying up come after it, and those of several tries are alike. */
function firstOf(error: unknown): unknown {
  const { name, suppressed, errors } = (error ?? {}) as Partial<AggregateError> & { suppressed?: unknown };
  if (name === 'SuppressedError') return firstOf(suppressed);
  return Array.isArray(errors) && errors.length > 0 ? firstOf(errors[0]) : error;
}
