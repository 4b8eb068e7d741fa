import type { Command } from 'commander';
import { whyNoPictures } from '../report/index.js';
import { examineMachine, type Finding } from '../run/index.js';
import type { CommandContext } from './context.js';
import { addExamples } from './examples.js';
import { say, sayJson } from './output.js';
import { readFlags } from './run-options.js';

/** `bench doctor`: what this machine offers, with a fix for each lack. Exits 1 if something needed is missing. */
export function doctorCommand(bench: Command, context: CommandContext): void {
  const command = bench
    .command('doctor')
    .description('check what this machine offers, and say how to fix what is missing')
    .option('--json', 'print the findings as JSON')
    .action(async (flags: { json?: boolean }) => {
      // What is wrong in the config, those commands say that follow it.
      const { out } = await readFlags({}, context).catch(() => ({ out: 'reports' }));
      // A budget is tried with control groups: they are taken away before it ends.
      const examined = await context.withProgress(() => examineMachine(out));
      const findings = [...examined, stills()];
      if (flags.json) sayJson(findings);
      else say(...findings.flatMap(inWords));
      if (findings.some(({ fix, needed }) => fix && needed)) context.setExitCode(1);
    });
  addExamples(command, {
    'bench doctor': 'before the first run',
    'bench doctor --json': 'for a program',
  });
}

/** The report's charts as pictures, for paper and for readers without scripts. */
function stills(): Finding {
  const why = whyNoPictures();
  if (why === null) return { what: 'Stills', found: 'can be drawn' };
  const fix =
    'Reports have their live charts and tables all the same; "npm install" again, without --omit=optional, brings the pictures.';
  return { what: 'Stills', found: `none (${why})`, fix };
}

function inWords({ what, found, fix, needed }: Finding): string[] {
  if (!fix) return [`✓ ${what}: ${found}`];
  return [`${needed ? '✗' : '!'} ${what}: ${found}`, `    ${fix}`];
}
