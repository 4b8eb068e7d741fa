import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { explainSystemError } from '../machine/index.js';
import { BenchError, messageOf } from '../machine/pure.js';
import type { Configured } from '../plan/index.js';
import { sayAside, sayError, sayJson } from './output.js';

/** How errors are told: with their stacks, and on standard output as JSON beside the sentence. */
export interface Telling {
  debug: boolean;
  json: boolean;
  configured?: Configured;
}

/** Says what went wrong in one sentence and gives the exit code. */
export function explain(error: unknown, { debug, json, configured }: Telling): number {
  // Help and version end here too.
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const { code, message: sentence, exitCode } = asBenchError(error);
  const message = configured && code === 'OPTION_CONFLICT' ? withSource(sentence, configured) : sentence;
  sayError(code, message);
  if (json) sayJson({ error: { code, message } });
  if (debug) sayAside(...inspect(error).split('\n'));
  return exitCode;
}

/** The sentence for whatever was thrown. */
export function asBenchError(error: unknown): BenchError {
  const first = firstOf(error);
  if (first instanceof BenchError) return first;
  if (first instanceof CommanderError) return new BenchError('USAGE', wordsOfUsage(first));
  return (
    explainSystemError(first) ??
    new BenchError(
      'UNEXPECTED',
      `Unexpected error: ${messageOf(first)} (run again with --debug for its stack).`,
      { exitCode: 4, cause: first },
    )
  );
}

/** Sentences name options as they are typed: of those that nobody typed, it is said where they are set. */
function withSource(sentence: string, { file, options }: Configured): string {
  const named = new Set(sentence.match(/--[a-z][a-z-]*/g));
  const set = options.filter(({ flag }) => named.has(flag)).map(({ name }) => `"${name}"`);
  if (set.length === 0) return sentence;
  return `${sentence} (${set.join(' and ')} ${set.length === 1 ? 'is' : 'are'} set in ${file}.)`;
}

/** Commander's words as a sentence of ours. */
function wordsOfUsage({ code, message }: CommanderError): string {
  if (code === 'commander.help') return 'No command was named: --help lists them.';
  const theirs = message.replace(/^error: (.)/, (_, first) => first.toUpperCase());
  const words = (SAID[code] ?? []).reduce((text, [from, to]) => text.replace(from, to), theirs);
  const suggested = words.replace(/\n\((Did you mean [^\n]*)\)$/, '. $1');
  return suggested !== words || words.endsWith('.') ? suggested : `${words}: --help lists what there is.`;
}

/** What of Commander's words is said in others, by its code. */
const SAID: Record<string, [from: RegExp, to: string][]> = {
  'commander.optionMissingArgument': [[/^Option '(.*)' argument missing$/, '$1 needs a value']],
  'commander.missingMandatoryOptionValue': [[/^Required option '(.*)' not specified$/, '$1 has to be given']],
  'commander.invalidArgument': [
    [/^Option '(.*?)' argument ('.*') is invalid\. /s, "$1 can't be $2. "],
    [/^Command-argument value ('.*') is invalid for argument '(.*?)'\. /s, "<$2> can't be $1. "],
    [/Allowed choices are (.*)$/, 'Choose from $1'],
  ],
  'commander.excessArguments': [
    [
      /^Too many arguments for '(.*)'\. Expected (\d+) arguments? but got (\d+)\.$/,
      'Too many arguments: $1 takes $2, and got $3.',
    ],
  ],
};

/** What went wrong first: errors of tidying up come after it, and those of several tries are alike. */
function firstOf(error: unknown): unknown {
  const { name, suppressed, errors } = (error ?? {}) as Partial<AggregateError> & { suppressed?: unknown };
  if (name === 'SuppressedError') return firstOf(suppressed);
  return Array.isArray(errors) && errors.length > 0 ? firstOf(errors[0]) : error;
}
