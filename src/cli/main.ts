import { Command, type OutputConfiguration } from 'commander';
import { asCalled, benchVersion, explainSystemError, takePostgresVariables } from '../machine/index.js';
import { BenchError, messageOf } from '../machine/pure.js';
import type { CommandContext } from './context.js';
import { watchEnding } from './ending.js';
import { addExamples } from './examples.js';
import { explain, type Telling } from './explain.js';
import { say, sayAside } from './output.js';
import { withProgress } from './progress-line.js';
import { watchStrayErrors } from './stray-errors.js';

export { watchOutput } from './output.js';

/**
 * The command line: arguments in, exit code out. Nothing is thrown: an error becomes one sentence on stderr
 * (with `--debug`, its stack too).
 * @param argv as process.argv
 */
export async function run(argv: string[]): Promise<number> {
  using ending = watchEnding();
  const telling: Telling = { debug: argv.includes('--debug'), json: argv.includes('--json') };
  using stray = watchStrayErrors(ending.stop, (error) => {
    if (ending.interrupted) ending.stopAtOnce();
    ending[Symbol.dispose]();
    explain(error, telling);
    process.exit(4);
  });
  let exitCode = 0;
  const context: CommandContext = {
    withProgress: (work) => ending.during((signal) => withProgress(signal, work)),
    keep: ending.keep,
    configured: (configured) => {
      telling.configured = configured;
    },
    setExitCode: (code) => (exitCode = code),
  };
  try {
    requireWorkingFolder();
    takePostgresVariables();
    const bench = await program(context, argv[2]);
    await bench.parseAsync(argv);
    if (ending.interrupted) return 130;
    if (!stray.first) return exitCode;
  } catch (error) {
    // What goes wrong while all is stopped for its user is no news to them.
    if (ending.interrupted) return 130;
    if (!stray.first) return explain(error, telling);
  }
  explain(stray.first.error, telling);
  return 4;
}

function requireWorkingFolder(): void {
  try {
    process.cwd();
  } catch (cause) {
    const words = 'The folder in which the bench was started is gone: change to another one.';
    throw new BenchError('NO_FOLDER', words, { cause });
  }
}

/** Help is laid out in lines. What is wrong is said where all errors are. */
const COMMANDER_OUTPUT: OutputConfiguration = {
  writeOut: (text) => say(...asCalled(text.trimEnd()).split('\n')),
  writeErr: (text) => sayAside(...asCalled(text.trimEnd()).split('\n')),
  outputError: () => {},
};

type AddCommand = (bench: Command, context: CommandContext) => void;

/** In the order in which the help lists them. Each brings what it works with: of a dozen, most have no need of a server. */
const COMMANDS = new Map<string, () => Promise<AddCommand>>([
  ['demo', async () => (await import('./demo.js')).demoCommand],
  ['plan', async () => (await import('./plan.js')).planCommand],
  ['prepare', async () => (await import('./prepare.js')).prepareCommand],
  ['run', async () => (await import('./run.js')).runCommand],
  ['trials', async () => (await import('./trials.js')).trialsCommand],
  ['calibrate', async () => (await import('./calibrate.js')).calibrateCommand],
  ['serve', async () => (await import('./serve.js')).serveCommand],
  ['compare', async () => (await import('./compare.js')).compareCommand],
  ['report', async () => (await import('./report.js')).reportCommand],
  ['open', async () => (await import('./open.js')).openCommand],
  ['trend', async () => (await import('./trend.js')).trendCommand],
  ['import', async () => (await import('./import.js')).importCommand],
  ['inspect', async () => (await import('./inspect.js')).inspectCommand],
  ['schema', async () => (await import('./schema.js')).schemaCommand],
  ['k6', async () => (await import('./k6.js')).k6Command],
  ['doctor', async () => (await import('./doctor.js')).doctorCommand],
  ['selfcheck', async () => (await import('./selfcheck.js')).selfcheckCommand],
]);

/** @param first the first argument: if it is a command's name, no other command is asked for */
async function program(context: CommandContext, first = ''): Promise<Command> {
  const bench = new Command('bench')
    .description('Measures what a PostgreSQL read replica would do for a workload: baseline, split, compare.')
    .version(benchVersion)
    .option('--debug', 'print the stack of an error')
    .showHelpAfterError(false)
    .configureOutput(COMMANDER_OUTPUT)
    .exitOverride();
  const only = COMMANDS.get(first);
  for (const load of only ? [only] : COMMANDS.values()) {
    const add = await load().catch((cause) => {
      throw explainSystemError(cause) ?? cannotLoad(cause);
    });
    add(bench, context);
  }
  return addExamples(bench, {
    'bench demo': 'everything at once, in a few minutes',
    'bench run baseline': 'the primary alone',
    'bench run split': 'the same work, with a replica',
    'bench compare': 'what the replica changed',
  });
}

/** What Node says of a module that isn't there: or of one that it may not open, in a package's folder. */
function cannotLoad(cause: unknown): BenchError {
  const words = `The bench's own files can't be read (${messageOf(cause)}): raise the limit of open files (ulimit -n), or reinstall it.`;
  return new BenchError('OWN_FILES', words, { exitCode: 4, cause });
}
