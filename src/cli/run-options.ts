import { type Command, Option } from 'commander';
import { loadConfig, parseOptions, type RunOptions } from '../plan/index.js';

/** The options that say what is run and what is kept of it: shared by `bench run …` and `bench demo`. */
export function addRunOptions(command: Command): Command {
  return addPlanOptions(command)
    .option('--check-results', 'note what reads are answered, for compare to tell where the sides differ')
    .option('--out <dir>', 'folder for the results (default: reports)');
}

/** The options that say what is run: what a plan is made from. */
export function addPlanOptions(command: Command): Command {
  return command
    .option('--workload <name|file>', 'smartmenu, or a trace made by "bench import" (default: smartmenu)')
    .addOption(new Option('--driver <name>', 'what plays the trace: auto, k6 or player (default: auto)'))
    .option('--rate <auto|n>', 'requests per second; auto finds it just before the baseline (default: auto)')
    .option(
      '--load, --utilisation <share>',
      "share of the primary's CPU budget that --rate auto aims at (default: 0.9)",
    )
    .option('--duration <time>', 'measured time, such as 60s (default: 60s; a captured trace: all of it)')
    .option('--warmup <time>', 'time before it that is not measured (default: 10s; a captured trace: none)')
    .option('--seed <n>', 'seed of data and traffic (default: 1)')
    .option('--scale <n>', 'size of the data set (default: 1)')
    .option('--node-cpus <n>', 'CPU budget of each node, in cores (default: 0.5)')
    .option(
      '--policy <name|file>',
      'routing policy of the split: a shipped name or a JSON file (default: balanced)',
    )
    .option('--snapshot <file|dir>', 'for a captured trace: a dump or data directory of its database')
    .option(
      '--database <name>',
      'for a captured trace: the database in the snapshot (default: its only or largest)',
    )
    .option('--speed <factor>', 'play a captured trace this many times faster (default: 1)');
}

/** Options that say what is done with the work: the same plan can be run with other ones. */
const BESIDE_WORK = ['policy', 'checkResults', 'out'];

/** Options that say what work is done. */
const WORK = [
  'workload',
  'driver',
  'rate',
  'utilisation',
  'duration',
  'warmup',
  'seed',
  'scale',
  'nodeCpus',
  'snapshot',
  'database',
  'speed',
];

/**
 * Flags over bench.config.ts over defaults.
 * @returns the options, and whether any that says what work is done was given as a flag
 */
export async function readRunOptions(
  flags: Record<string, unknown>,
): Promise<{ options: RunOptions; ownWork: boolean; policyGiven: boolean }> {
  const given = Object.fromEntries(
    Object.entries(flags).filter(([key]) => WORK.includes(key) || BESIDE_WORK.includes(key)),
  );
  const loaded = await loadConfig(process.cwd());
  // Each source is checked by itself, so that the sentence names where the mistake is.
  if (loaded) parseOptions(loaded.config, (option) => `${loaded.file}: "${option}"`);
  const options = parseOptions(
    { ...loaded?.config, ...given },
    (option) => `--${option.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`,
  );
  return { options, ownWork: WORK.some((key) => key in given), policyGiven: 'policy' in given };
}
