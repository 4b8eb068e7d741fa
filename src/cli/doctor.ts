import type { Command } from 'commander';
import { examineMachine, type Finding } from '../run/index.js';
import type { CommandContext } from './context.js';
import { say, sayJson } from './output.js';
import { readFlags } from './run-options.js';

/** `bench doctor`: what this machine offers, with a fix for each lack. Exits 1 if something needed is missing. */
export function doctorCommand(bench: Command, context: CommandContext): void {
  bench
    .command('doctor')
    .description('say what this machine offers, with a fix for each lack')
    .option('--json', 'print the findings as JSON')
    .action(async (flags: { json?: boolean }) => {
      // What is wrong in the config, those commands say that follow it.
      const { out } = await readFlags({}).catch(() => ({ out: 'reports' }));
      // A budget is tried with control groups: they are taken away before it ends.
      const findings = await context.withProgress(() => examineMachine(out));
      if (flags.json) sayJson(findings);
      else say(...findings.flatMap(inWords));
      if (findings.some(({ fix, needed }) => fix && needed)) context.setExitCode(1);
    });
}

function inWords({ what, found, fix, needed }: Finding): string[] {
  if (!fix) return [`✓ ${what}: ${found}`];
  return [`${needed ? '✗' : '!'} ${what}: ${found}`, `    ${fix}`];
}
