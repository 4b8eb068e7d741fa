import { Command, type OutputConfiguration } from 'commander';
import { benchVersion } from '../machine/index.js';
import { BenchError } from '../machine/pure.js';
import { calibrateCommand } from './calibrate.js';
import { compareCommand } from './compare.js';
import type { CommandContext } from './context.js';
import { demoCommand } from './demo.js';
import { doctorCommand } from './doctor.js';
import { watchEnding } from './ending.js';
import { explain } from './explain.js';
import { importCommand } from './import.js';
import { k6Command } from './k6.js';
import { openCommand } from './open.js';
import { say, sayAside } from './output.js';
import { planCommand } from './plan.js';
import { withProgress } from './progress-line.js';
import { runCommand } from './run.js';
import { schemaCommand } from './schema.js';
import { selfcheckCommand } from './selfcheck.js';
import { serveCommand } from './serve.js';
import { watchStrayErrors } from './stray-errors.js';
import { trendCommand } from './trend.js';
import { trialsCommand } from './trials.js';

export { watchOutput } from './output.js';

/**
 * The command line: arguments in, exit code out. Nothing is thrown: an error becomes one sentence on stderr
 * (with `--debug`, its stack too).
 * @param argv as process.argv
 */
export async function run(argv: string[]): Promise<number> {
  using ending = watchEnding();
  const debug = argv.includes('--debug');
  using stray = watchStrayErrors(ending.stop, (error) => {
    if (ending.interrupted) ending.stopAtOnce();
    ending[Symbol.dispose]();
    explain(error, debug);
    process.exit(4);
  });
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
    if (ending.interrupted) return 130;
    if (!stray.first) return exitCode;
  } catch (error) {
    // What goes wrong while all is stopped for its user is no news to them.
    if (ending.interrupted) return 130;
    if (!stray.first) return explain(error, debug);
  }
  explain(stray.first.error, debug);
  return 4;
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
    serveCommand,
    compareCommand,
    openCommand,
    trendCommand,
    importCommand,
    schemaCommand,
    k6Command,
    doctorCommand,
    selfcheckCommand,
  ];
  for (const add of commands) add(bench, context);
  return bench;
}
