import { inspect } from 'node:util';
import { Command, CommanderError, type OutputConfiguration } from 'commander';
import { benchVersion } from '../machine/index.js';
import { BenchError, messageOf } from '../machine/pure.js';
import { calibrateCommand } from './calibrate.js';
import { compareCommand } from './compare.js';
import type { CommandContext } from './context.js';
import { demoCommand } from './demo.js';
import { doctorCommand } from './doctor.js';
import { watchEnding } from './ending.js';
import { importCommand } from './import.js';
import { k6Command } from './k6.js';
import { say, sayAside } from './output.js';
import { planCommand } from './plan.js';
import { withProgress } from './progress-line.js';
import { runCommand } from './run.js';
import { selfcheckCommand } from './selfcheck.js';
import { trialsCommand } from './trials.js';

/**
 * The command line: arguments in, exit code out. Nothing is thrown: an error becomes one sentence on stderr
 * (with `--debug`, its stack too).
 * @param argv as process.argv
 */
export async function run(argv: string[]): Promise<number> {
  using ending = watchEnding();
  let exitCode = 0;
  const context: CommandContext = {
    withProgress: (work) => ending.during((signal) => withProgress(signal, work)),
    keep: ending.keep,
    setExitCode: (code) => (exitCode = code),
  };
  try {
    requireWorkingFolder();
    dropPostgresVariables();
    await program(context).parseAsync(argv);
    return ending.interrupted ? 130 : exitCode;
  } catch (error) {
    if (ending.interrupted) return 130;
    return explain(error, argv.includes('--debug'));
  }
}

function requireWorkingFolder(): void {
  try {
    process.cwd();
  } catch (cause) {
    const words = 'The folder that the bench was started in is gone: change to one that is there.';
    throw new BenchError('NO_FOLDER', words, { cause });
  }
}

/** `PGOPTIONS` and the like are for clients of other servers: here they would change what is measured, or stop it. */
function dropPostgresVariables(): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('PG')) delete process.env[name];
}

/** Help is laid out in lines; an error is one, with its suggestion behind it. */
const COMMANDER_OUTPUT: OutputConfiguration = {
  writeOut: (text) => say(...text.trimEnd().split('\n')),
  writeErr: (text) => sayAside(...text.trimEnd().split('\n')),
  outputError: (text) => sayAside(text.trimEnd().replace(/\n(\(Did you mean [^\n]*\))$/, ' $1')),
};

function program(context: CommandContext): Command {
  const bench = new Command('bench')
    .description('Measures what a PostgreSQL read replica would do for a workload: baseline, split, compare.')
    .version(benchVersion)
    .option('--debug', 'print the stack of an error')
    .showHelpAfterError(false)
    .configureOutput(COMMANDER_OUTPUT)
    .exitOverride();
  const commands = [
    demoCommand,
    planCommand,
    runCommand,
    trialsCommand,
    calibrateCommand,
    compareCommand,
    importCommand,
    k6Command,
    doctorCommand,
    selfcheckCommand,
  ];
  for (const add of commands) add(bench, context);
  return bench;
}

/** Says what went wrong in one sentence and gives the exit code. */
function explain(error: unknown, debug: boolean): number {
  if (error instanceof CommanderError) {
    // Help and version end here too, with exit code 0; commander has printed its own sentence.
    return error.exitCode === 0 ? 0 : 2;
  }
  const known = asBenchError(error);
  sayAside(`bench: ${known.message}`);
  if (debug) sayAside(...inspect(error).split('\n'));
  return known.exitCode;
}

function asBenchError(error: unknown): BenchError {
  if (error instanceof BenchError) return error;
  const code = (error as NodeJS.ErrnoException)?.code;
  if (code === 'ENOSPC') {
    return new BenchError(
      'DISK_FULL',
      `The disk is full (${(error as NodeJS.ErrnoException).path ?? 'while writing'}): free some space, or set BENCH_CACHE or --out to another disk.`,
      { cause: error },
    );
  }
  if (code === 'EACCES' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EISDIR') {
    return new BenchError(
      'NO_ACCESS',
      `${messageOf(error)}: choose a place that can be written with --out or BENCH_CACHE.`,
      { cause: error },
    );
  }
  return new BenchError(
    'UNEXPECTED',
    `Unexpected error: ${messageOf(error)} (run again with --debug for its stack).`,
    { exitCode: 4, cause: error },
  );
}
