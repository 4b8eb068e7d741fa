import type { Command } from 'commander';
import { shellWord } from '../machine/pure.js';
import type { Errand } from '../plan/index.js';
import { newestRun } from '../record/index.js';
import { SIDES, type Side } from '../record/pure.js';
import { runSummary } from '../report/index.js';
import { runBench, wasHeldUp } from '../run/index.js';
import type { CommandContext } from './context.js';
import { addExamples } from './examples.js';
import { say, sayAside, sayJson } from './output.js';
import { addRunOptions, RESULTS, readFlags } from './run-options.js';
import { warnIfBusy } from './warn-if-busy.js';

export function runCommand(bench: Command, context: CommandContext): void {
  const run = bench
    .command('run')
    .description(
      'measure one setup: baseline (primary alone), split (primary and replicas) or control (a bigger primary)',
    );
  addExamples(run, { 'bench run baseline': 'first', 'bench run split': 'then, with the same plan' });
  const about: Record<Side, string> = {
    baseline: 'the primary alone',
    split: 'the primary and its replicas; without options, it follows the plan of the newest baseline',
    control:
      'one primary with the CPU budgets of all nodes; without options, it follows the plan of the newest baseline',
  };
  for (const side of SIDES) {
    const command = addRunOptions(run.command(side).description(`measure the ${side}: ${about[side]}`))
      .optionsGroup('What to run:')
      .option(
        '--plan <file>',
        'follow this plan (a plan file, or the run.json of a run that followed it); with --rate, --utilisation, --duration, --warmup or --speed, do the same work at another load or for longer',
      )
      .optionsGroup(RESULTS)
      .option('--json', 'print the summary as JSON')
      .action((flags: Record<string, unknown>) => measure(side, flags, context));
    addExamples(command, EXAMPLES[side]);
  }
}

/** Said before minutes are spent: whoever forgot the baseline would only hear of it from compare. */
async function sayOwnPlan(side: Side, { work, out }: Errand): Promise<void> {
  const allowed =
    work.allowWritesTo === undefined ? '' : ` --allow-writes-to ${shellWord(work.allowWritesTo)}`;
  const hasBaseline = (await newestRun(out, 'baseline')) !== null;
  sayAside(
    hasBaseline
      ? `note: Options say what to run, so this ${side} makes a plan of its own and does not follow the newest baseline.`
      : `note: There is no baseline in ${out} to follow, so this ${side} makes a plan of its own, and first finds a rate if none is given. Usually "bench run baseline" comes first: Ctrl-C stops this run.`,
    `note: To compare this ${side}, run a baseline of the same plan after it: bench run baseline --plan ${out}/<time>-${side}${allowed}`,
  );
}

const EXAMPLES: Record<Side, Record<string, string>> = {
  baseline: {
    'bench run baseline': 'find the rate that keeps the primary 90 % busy, and measure at it',
    'bench run baseline --rate 120 --duration 2m': 'at a rate of your own, for longer',
    'bench run baseline --workload shop.trace --snapshot shop.dump': 'replay a captured trace',
  },
  split: {
    'bench run split': 'the work of the newest baseline, with a replica',
    'bench run split --policy everything-to-replica': 'the same with another routing policy',
    'bench run split --plan reports/<time>-baseline': 'the work of another baseline',
  },
  control: {
    'bench run control': 'the work of the newest baseline, on one primary with the CPU of all nodes',
  },
};

async function measure(side: Side, flags: Record<string, unknown>, context: CommandContext): Promise<void> {
  const errand = await warnIfBusy(readFlags(flags, context, { followBaseline: side !== 'baseline' }));
  if (side !== 'baseline' && errand.work.plan === null) await sayOwnPlan(side, errand);
  const { record, file } = await context.withProgress((following) =>
    runBench({ side, ...errand, ...following }),
  );
  const summary = runSummary(record, file);
  if (wasHeldUp(record)) context.setExitCode(3);
  if (flags.json) sayJson(summary.json);
  else say(...summary.lines);
}
