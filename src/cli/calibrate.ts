import type { Command } from 'commander';
import type { CapacityStep, Limit } from '../load/index.js';
import {
  BenchError,
  formatCores,
  formatCount,
  formatMs,
  formatNumber,
  formatPercent,
} from '../machine/pure.js';
import { parseDuration } from '../plan/index.js';
import { aligned } from '../report/index.js';
import { type Capacity, findCapacity } from '../run/index.js';
import type { CommandContext } from './context.js';
import { addExamples } from './examples.js';
import { say, sayJson } from './output.js';
import { readFlags } from './run-options.js';

export function calibrateCommand(bench: Command, context: CommandContext): void {
  const command = bench
    .command('calibrate')
    .description('find the capacity of the primary alone by adding users, and suggest a rate')
    .option('--utilisation <share>', 'suggest this share of the capacity as the rate (default: 90%)')
    .option('--load <share>', 'another name for --utilisation')
    .option('--seed <n>', 'seed of data and traffic (default: 1)')
    .option('--scale <n>', 'size of the data set (default: 1)')
    .option('--node-cpus <n>', 'CPU budget of the primary, in cores (default: 0.5)')
    .option('--step <time>', 'how long to measure each number of users (default: 8s)')
    .option('--json', 'print steps, knee and rate as JSON')
    .action(async ({ step, json, ...flags }: Record<string, unknown>) => {
      const stepSeconds = readStep(String(step ?? '8s'));
      const { work } = await readFlags(flags, context);
      const capacity = await context.withProgress((following) =>
        findCapacity({ work, stepSeconds, ...following }),
      );
      if (json) sayJson(capacity);
      else say(...describe(capacity));
    });
  addExamples(command, {
    'bench calibrate': 'what the primary alone can do, and the rate to measure at',
    'bench calibrate --step 2s --node-cpus 1': 'quicker and coarser, with a whole core',
  });
}

function readStep(text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== null && seconds >= 1 && seconds <= 600) return seconds;
  throw new BenchError(
    'OPTION_INVALID',
    `--step must be a time from 1s to 10m, such as 8s (given: ${JSON.stringify(text)}).`,
  );
}

function describe(capacity: Capacity): string[] {
  const { steps, knee, share, proposedRate, budget } = capacity;
  return [
    `The primary alone, ${formatCores(budget.cpus)} by ${budget.method}, in a closed loop (each user sends as soon as the last answer is there):`,
    '',
    ...table(steps),
    '',
    `Knee: ${formatCount(knee.concurrency)} users, ${formatCount(knee.ratePerSecond)}/s; more users add latency, not throughput.`,
    `Limit: ${LIMITS[knee.limit](formatPercent(100 * knee.primaryUtilisation), capacity)}`,
    '',
    `Proposed: --rate ${proposedRate}, ${formatPercent(100 * share)} of the knee${consequence(capacity)}.`,
    ...(knee.limit === 'primary' ? [OPEN_LOOP] : []),
  ];
}

/** Why `--rate auto` may find less: docs/capacity.md has the figures. */
const OPEN_LOOP =
  'In a run, requests come in bursts and more connections work at once, so that each costs the primary more CPU than here: ' +
  '--rate auto, which aims at its CPU, finds about a fifth less. Measure with that one.';

/** Heads in two lines, so that a line has no more than the 80 columns of most terminals. */
const COLUMNS: { head: [string, string]; cell(step: CapacityStep): string }[] = [
  { head: ['', 'users'], cell: (step) => formatCount(step.concurrency) },
  { head: ['', 'answers/s'], cell: (step) => formatNumber(step.ratePerSecond) },
  { head: ['', 'p50'], cell: (step) => formatMs(step.p50Ms) },
  { head: ['', 'p99'], cell: (step) => formatMs(step.p99Ms) },
  { head: ['primary', 'CPU'], cell: (step) => formatPercent(100 * step.primaryUtilisation) },
  {
    head: ['CPU for', 'a request'],
    cell: (step) => formatMs((1000 * step.primaryCores) / step.ratePerSecond),
  },
  { head: ['service', 'cores'], cell: (step) => formatNumber(step.serviceCores) },
  { head: ['generator', 'cores'], cell: (step) => formatNumber(step.generatorCores) },
  { head: ['', 'failed'], cell: (step) => formatCount(step.failed) },
];

function table(steps: CapacityStep[]): string[] {
  const rows = [
    COLUMNS.map(({ head: [first] }) => first),
    COLUMNS.map(({ head: [, second] }) => second),
    ...steps.map((step) => COLUMNS.map(({ cell }) => cell(step))),
  ];
  return aligned(rows, () => 'right');
}

/** What held the throughput back, by the figures with the most users. `used`: of the primary's budget. */
const LIMITS: Record<Limit, (used: string, capacity: Capacity) => string> = {
  primary: (used) => `the primary, which used ${used} of its CPU budget.`,
  service: (used) =>
    `the service, whose process had no more of its one core to give; the primary used only ${used} of its budget.`,
  generator: (used) =>
    `the load generator, which had no more of its one core to give; the primary used only ${used} of its budget.`,
  machine: (used, { machineCores }) =>
    `the machine: primary, service and generator together used its ${machineCores} cores; the primary got only ${used} of its budget.`,
  none: (used, { poolSize }) =>
    `none of primary (${used} of its budget), service, generator and machine was used up: requests waited for something else, such as locks or one of the service's ${poolSize} connections.`,
};

function consequence({ knee, share }: Capacity): string {
  return knee.limit === 'primary'
    ? ''
    : `; it would load the primary to about ${formatPercent(100 * share * knee.primaryUtilisation)} only. Give the primary less with --node-cpus to measure it near its limit`;
}
