import type { Command } from 'commander';

/** Ends a command's help with examples: what is typed, and what it is for. */
export function addExamples(command: Command, examples: Record<string, string>): Command {
  const width = Math.max(...Object.keys(examples).map((typed) => typed.length));
  const lines = Object.entries(examples).map(([typed, what]) => `  ${typed.padEnd(width)}  ${what}`);
  return command.addHelpText('after', ['', 'Examples:', ...lines].join('\n'));
}
