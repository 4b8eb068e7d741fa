import type { Command } from 'commander';
import { compare } from '../compare/index.js';
import type { CommandContext } from './context.js';
import { addExamples } from './examples.js';
import { addOutputOptions, type OutputFlags, outputsOf } from './output-options.js';
import { printComparison } from './print-comparison.js';

export function compareCommand(bench: Command, context: CommandContext): void {
  const command = bench
    .command('compare')
    .description('score a split run against a baseline run, or all pairs of trials, and write the report')
    .argument(
      '[baseline]',
      'run.json of a baseline, or its folder (default: the newest); or the folder of trials',
    )
    .argument(
      '[split]',
      'run.json of a split, or of another baseline, or its folder (default: the newest split)',
    )
    .option(
      '--control <file>',
      'run.json of a control, or its folder (default: the newest of the same plan, if any)',
    )
    .option('--out <dir>', 'folder for the report (default: reports/<time>-compare; of trials: their folder)')
    .option('--json', 'print the scorecard as JSON');
  addOutputOptions(command).action(
    async (
      baseline: string | undefined,
      split: string | undefined,
      flags: { control?: string; out?: string; json?: boolean } & OutputFlags,
    ) => {
      const { control, out } = flags;
      const compared = await compare({ baseline, split, control, out }, outputsOf(flags));
      await printComparison(compared, flags);
      context.setExitCode(compared.exitCode);
    },
  );
  addExamples(command, {
    'bench compare': 'the newest baseline and split',
    'bench compare reports/<time>-trials': 'all pairs of trials',
    'bench compare --against main/compare.json --fail-on worse': 'a gate: did it get worse?',
  });
}
