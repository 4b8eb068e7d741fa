import type { Command } from 'commander';
import { FULL, QUICK, selfCheck } from '../run/index.js';
import { type EffectLine, effectLines } from '../score/index.js';
import type { CommandContext } from './context.js';
import { addExamples } from './examples.js';
import { say, sayJson } from './output.js';

/** `bench selfcheck`: effects of known size are made and must be found. Exits 1 if one is not. */
export function selfcheckCommand(bench: Command, context: CommandContext): void {
  const command = bench
    .command('selfcheck')
    .description('create effects of known size on this machine and check that the bench finds them')
    .option('--quick', 'take about a minute, with wider intervals')
    .option('--json', 'print the results as JSON')
    .action(async (flags: { quick?: boolean; json?: boolean }) => {
      const records = await context.withProgress((following) =>
        selfCheck({ length: flags.quick ? QUICK : FULL, ...following }),
      );
      const lines = effectLines(records);
      const passed = lines.every(({ ok }) => ok);
      if (flags.json) sayJson({ passed, lines });
      else say(...inWords(lines));
      if (!passed) context.setExitCode(1);
    });
  addExamples(command, {
    'bench selfcheck --quick': 'a coarse check, in about a minute',
  });
}

function inWords(lines: EffectLine[]): string[] {
  const failed = lines.filter(({ ok }) => !ok).length;
  return [
    ...lines.flatMap(({ title, expected, measured, ok }) => [
      `${ok ? '✓' : '✗'} ${title}`,
      `    expected: ${expected}`,
      `    measured: ${measured}`,
    ]),
    failed === 0
      ? `All ${lines.length} effects were found.`
      : `${failed} of ${lines.length} effects were not found.`,
  ];
}
