import { type Command, InvalidArgumentError } from 'commander';
import type { Outputs } from '../compare/index.js';
import { FORMATS, type Format } from '../report/index.js';
import { FAILURES, type Failure } from '../score/index.js';

/** The options of commands that write a comparison: in which formats, and what closes their gate. */
export function addOutputOptions(command: Command): Command {
  return command
    .optionsGroup('Report:')
    .option(
      '--format <list>',
      `the formats to write, separated by commas: ${FORMATS.join(', ')} (default: html,json)`,
      (text: string) => listOf<Format>(text, FORMATS),
    )
    .option('--png <dir>', 'also write each chart as a PNG file into this folder')
    .option('--against <file>', 'an earlier compare.json: say whether the split got worse since then')
    .option(
      '--fail-on <list>',
      `which outcomes fail the command: ${FAILURES.join(', ')}, separated by commas, or never (default: all of them)`,
      (text: string) => (text === 'never' ? [] : listOf<Failure>(text, FAILURES, ', or never')),
    );
}

export interface OutputFlags {
  format?: Format[];
  failOn?: Failure[];
  against?: string;
  png?: string;
}

/** What they ask for. */
export function outputsOf({ format, failOn, against, png }: OutputFlags): Outputs {
  return { formats: format, failOn, against, png };
}

function listOf<Name extends string>(text: string, names: readonly Name[], otherwise = ''): Name[] {
  const wanted = text.split(',').map((name) => name.trim());
  if (!wanted.every((name) => names.includes(name as Name)))
    throw new InvalidArgumentError(`Choose from ${names.join(', ')}, separated by commas${otherwise}.`);
  return wanted as Name[];
}
