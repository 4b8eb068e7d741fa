import type { Command } from 'commander';
import { cacheDir } from '../machine/index.js';
import { formatBytes } from '../machine/pure.js';
import type { WorkSpec } from '../plan/index.js';
import { DISK_BYTES, openWork, runSeconds, startTrials } from '../run/index.js';
import type { CommandContext } from './context.js';
import { addExamples } from './examples.js';
import { measureTrials } from './measure-trials.js';
import { say } from './output.js';
import { printComparison } from './print-comparison.js';
import { addPlanOptions, RESULTS, readFlags } from './run-options.js';
import { warnIfBusy } from './warn-if-busy.js';

/**
 * Pairs, and what they last where nobody says otherwise. Many short pairs tell more than few long ones: Student's t takes
 * 12.7 standard errors of two, 4.3 of three, 2.8 of five, and what differs from run to run stays whatever a run lasts. At the
 * rates of half a core a run has some 80 different reports then, where a figure over pairs needs 50, and 105 commits that are
 * followed to the replica, where it needs 100.
 */
const PAIRS = 5;
const WARMUP_S = 5;
const DURATION_S = 21;
/** Finding the rate; and the first time, installing the data set. */
const FIND_RATE_S = 60;
const INSTALL_S = 120;

/** `bench demo`: short trials and their comparison in one go. Succeeds once the report exists, whatever its verdicts. */
export function demoCommand(bench: Command, context: CommandContext): void {
  const command = addPlanOptions(
    bench
      .command('demo')
      .description(`measure ${PAIRS} short pairs of baseline and split and compare them, in one go`),
    { duration: `${DURATION_S}s`, warmup: `${WARMUP_S}s` },
  )
    .optionsGroup('Pairs:')
    .option('--control', 'in each pair, also measure one primary with the CPU budgets of all nodes')
    .optionsGroup(RESULTS)
    .option('--out <dir>', 'folder for the results (default: reports)')
    .action((flags: Record<string, unknown>) => demo(flags, context));
  addExamples(command, {
    'bench demo': 'what a replica would do here, in a few minutes',
    'bench demo --control': 'and what the same CPU would do as a bigger primary',
  });
}

async function demo(flags: Record<string, unknown>, context: CommandContext): Promise<void> {
  const errand = await warnIfBusy(readFlags(flags, context));
  const control = flags.control === true;
  const { work, runSeconds, findSeconds } = await demoWork(errand.work);
  const pairSeconds = (control ? 3 : 2) * runSeconds;
  const seconds = findSeconds + PAIRS * pairSeconds;
  say(
    `${PAIRS} pairs of ${control ? 'baseline, split and control' : 'baseline and split'}, and compare, take about ${minutes(seconds)} (the first time about ${minutes(seconds + INSTALL_S)}) ` +
      `and up to ${formatBytes(DISK_BYTES)} of disk in ${cacheDir()}.`,
    '',
  );
  const stored = await context.withProgress((following) =>
    startTrials({ ...errand, ...following, work, pairs: PAIRS, aa: false, control, seeds: false }),
  );
  // A pair that the machine spoilt is made again only in time that others have left: a demo ends when it said.
  const againUntilMs = Date.now() + PAIRS * pairSeconds * 1000;
  const compared = await measureTrials(stored, context, { tell: say, againUntilMs });
  say('');
  await printComparison(compared, { failOn: [] });
}

/** The work with the times of a demo, where nobody asks for others, and how long finding the rate and a run take. */
async function demoWork(
  asked: WorkSpec,
): Promise<{ work: WorkSpec; findSeconds: number; runSeconds: number }> {
  const { warmupS = WARMUP_S, durationS = DURATION_S } = asked;
  const { kind } = await openWork(asked);
  // A captured trace is as long as it is, and a scenario may say how long it runs.
  const work = kind === 'smartmenu' ? { ...asked, warmupS, durationS } : asked;
  const opened = await openWork(work);
  return {
    work,
    findSeconds: opened.rate === 'auto' ? FIND_RATE_S : 0,
    runSeconds: runSeconds(opened),
  };
}

function minutes(seconds: number): string {
  return `${Math.ceil(seconds / 60)} min`;
}
