import type { Command } from 'commander';

/** Ends a command's help with examples: what is typed, and what it is for. */
export function addExamples(command: Command, examples: Record<string, string>): Command {
  const lines = Object.entries(examples).flatMap(([typed, what]) => [`  ${typed}`, `      ${what}`]);
  return command.addHelpText('after', ['', 'Examples:', ...lines].join('\n'));
}
