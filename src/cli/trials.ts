import type { Command } from 'commander';
import { refuseOutputs } from '../compare/index.js';
import { BenchError } from '../machine/pure.js';
import { MOST_PAIRS, type StoredTrials, USUAL_PAIRS } from '../record/pure.js';
import { resumeTrials, startTrials } from '../run/index.js';
import type { CommandContext } from './context.js';
import { addExamples } from './examples.js';
import { measureTrials } from './measure-trials.js';
import { say, sayAside } from './output.js';
import { addOutputOptions, outputsOf } from './output-options.js';
import { printComparison } from './print-comparison.js';
import { addPlanOptions, RESULTS, readFlags } from './run-options.js';
import { warnIfBusy } from './warn-if-busy.js';

export function trialsCommand(bench: Command, context: CommandContext): void {
  const command = addPlanOptions(
    bench
      .command('trials')
      .description('measure several pairs of baseline and split, in random order, and compare them all'),
  )
    .optionsGroup('Pairs:')
    .option('--pairs <n>', `how many pairs (default: ${USUAL_PAIRS})`)
    .option(
      '--plan <file>',
      'follow this plan (a plan file, or the run.json or trials.json of runs that followed it); with --rate, --utilisation, --duration, --warmup or --speed, do the same work at another load or for longer',
    )
    .option('--aa', 'baseline against baseline: how much equal runs differ on this machine')
    .option('--control', 'in each pair, also measure one primary with the CPU budgets of all nodes')
    .option('--seeds', 'give each pair its own traffic, drawn from --seed and the number of the pair')
    .option('--resume <dir>', 'continue the trials in this folder where they were interrupted')
    .optionsGroup(RESULTS)
    .option('--out <dir>', 'folder for the results (default: reports)')
    .option('--json', 'print the scorecard as JSON');
  addOutputOptions(command).action((flags: Record<string, unknown>) => trials(flags, context));
  addExamples(command, {
    'bench trials': 'five pairs; about 15 minutes',
    'bench trials --pairs 10 --control': 'ten pairs, each with a bigger primary to compare with',
    'bench trials --aa': 'how much equal runs differ here',
    'bench trials --resume reports/<time>-trials': 'continue after an interruption',
  });
}

async function trials(flags: Record<string, unknown>, context: CommandContext): Promise<void> {
  const tell = (text: string) => {
    if (!flags.json) say(text);
  };
  await refuseOutputs(outputsOf(flags));
  const stored =
    flags.resume === undefined ? await start(flags, context) : await resume(String(flags.resume), flags);
  const compared = await measureTrials(stored, context, {
    ...{ tell, outputs: outputsOf(flags) },
    ...(flags.allowWritesTo !== undefined && { allowWritesTo: String(flags.allowWritesTo) }),
  });
  tell('');
  await printComparison(compared, { json: flags.json === true, failOn: outputsOf(flags).failOn });
  context.setExitCode(compared.exitCode);
}

async function start(flags: Record<string, unknown>, context: CommandContext): Promise<StoredTrials> {
  const pairs = Number(flags.pairs ?? USUAL_PAIRS);
  if (!Number.isInteger(pairs) || pairs < 1 || pairs > MOST_PAIRS) {
    throw new BenchError(
      'OPTION_INVALID',
      `--pairs must be a whole number from 1 to ${MOST_PAIRS} (given: ${JSON.stringify(flags.pairs)}).`,
    );
  }
  const arms = { aa: flags.aa === true, control: flags.control === true };
  if (arms.aa && arms.control) {
    throw new BenchError(
      'OPTION_CONFLICT',
      '--aa compares baselines with each other, so it has no place for a control: leave one of the two out.',
    );
  }
  if (pairs === 2) {
    sayAside(
      'note: Two pairs decide nothing, whatever they measure: ask for three or more (--pairs 5) to get verdicts.',
    );
  }
  const errand = await warnIfBusy(readFlags(flags, context));
  return context.withProgress((following) =>
    startTrials({ ...errand, ...following, ...arms, pairs, seeds: flags.seeds === true }),
  );
}

/** What is no matter of the runs. */
const OF_THE_REPORT = ['json', 'format', 'failOn', 'against', 'png'];

async function resume(folder: string, flags: Record<string, unknown>): Promise<StoredTrials> {
  const others = Object.keys(flags).filter(
    (flag) => !['resume', 'allowWritesTo', ...OF_THE_REPORT].includes(flag),
  );
  if (others.length > 0) {
    throw new BenchError(
      'OPTION_CONFLICT',
      '--resume continues the trials with the options they were started with: give it no other options.',
    );
  }
  return resumeTrials(folder);
}
