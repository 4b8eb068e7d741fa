import type { Command } from 'commander';
import { SIDES, type Side } from '../record/pure.js';
import { runSummary } from '../report/index.js';
import { runBench, wasHeldUp } from '../run/index.js';
import type { CommandContext } from './context.js';
import { say, sayJson } from './output.js';
import { addRunOptions, readFlags } from './run-options.js';

export function runCommand(bench: Command, context: CommandContext): void {
  const run = bench
    .command('run')
    .description(
      'measure one setup: baseline (primary alone), split (primary + replica) or control (a bigger primary)',
    );
  const about: Record<Side, string> = {
    baseline: 'primary alone',
    split: 'primary + replica; without options, it follows the plan of the newest baseline',
    control:
      'one primary with the CPU budgets of both; without options, it follows the plan of the newest baseline',
  };
  for (const side of SIDES) {
    addRunOptions(run.command(side).description(`measure ${side}: ${about[side]}`))
      .option('--plan <file>', 'follow this plan (a plan file, or the run.json of a run that followed it)')
      .option('--json', 'print the summary as JSON')
      .action((flags: Record<string, unknown>) => measure(side, flags, context));
  }
}

async function measure(side: Side, flags: Record<string, unknown>, context: CommandContext): Promise<void> {
  const errand = await readFlags(flags, { followBaseline: side !== 'baseline' });
  const { record, file } = await context.withProgress((following) =>
    runBench({ side, ...errand, ...following }),
  );
  const summary = runSummary(record, file);
  if (wasHeldUp(record)) context.setExitCode(3);
  if (flags.json) sayJson(summary.json);
  else say(...summary.lines);
}
