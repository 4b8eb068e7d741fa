import { setFlagsFromString } from 'node:v8';
import { type Command, Option } from 'commander';
import { BenchError, formatBytes } from '../machine/pure.js';
import {
  formatImportSummary,
  importLog,
  MASK_KINDS,
  type MaskKinds,
  maskFileOf,
  readMaskKey,
} from '../workload/capture/index.js';
import type { CommandContext } from './context.js';
import { addExamples } from './examples.js';
import { say, sayJson } from './output.js';

/**
 * An import parses each shape of statement once. PostgreSQL's grammar compiled by V8's optimizing compiler saves it 3 us of
 * 16 a shape, and takes 45 MB while that is done; it must be set before the parser has been loaded.
 */
setFlagsFromString('--liftoff-only');
/** Little of what is read stays: heaps that are kept small take 30 MB less, and no more time. */
setFlagsFromString('--optimize-for-size');

interface Flags {
  out: string;
  prefix?: string;
  database?: string;
  user?: string[];
  from?: string;
  to?: string;
  sampleSessions?: string;
  mask?: MaskKinds;
  maskKey?: string;
  json?: boolean;
}

export function importCommand(bench: Command, context: CommandContext): void {
  const command = bench
    .command('import')
    .description('turn a PostgreSQL log into a trace')
    .argument(
      '<log...>',
      'files of a csvlog, a jsonlog or a plain log, compressed or not; - is the standard input',
    )
    .requiredOption('-o, --out <trace>', 'the trace to write')
    .option(
      '--prefix <text>',
      "the server's log_line_prefix, for a plain log (default: guessed from its lines)",
    )
    .option('--database <name>', 'the database to take from the log (default: the busiest)')
    .option('--user <name>', 'only sessions of this user; may be repeated', (name, others: string[] = []) => [
      ...others,
      name,
    ])
    .option(
      '--from <time>',
      'only what began at this time or later, such as "2025-11-30 21:10", in the log\'s time zone',
    )
    .option('--to <time>', 'only what began before this time')
    .option('--sample-sessions <percent>', 'only a share of the sessions, such as 10%; always the same ones')
    .addOption(
      new Option(
        '--mask <what>',
        'mask values with a key: strings, or all (numbers, dates and UUIDs too)',
      ).choices(MASK_KINDS),
    )
    .option(
      '--mask-key <file>',
      'file with the key of --mask (default: the environment variable BENCH_MASK_KEY)',
    )
    .option('--json', 'print the summary as JSON')
    .action(async (logFiles: string[], flags: Flags) => {
      const { json, user: users, sampleSessions, mask: kinds, maskKey, ...request } = flags;
      if (maskKey !== undefined && kinds === undefined) {
        throw new BenchError('OPTION_CONFLICT', '--mask-key is the key of --mask: give --mask as well.');
      }
      const mask = kinds && { kinds, key: await readMaskKey(maskKey) };
      const summary = await context.withProgress(({ signal, onProgress }) =>
        importLog({
          ...{ logFiles, ...request, users, mask, signal },
          sampleSessions: sampleSessions === undefined ? undefined : shareOf(sampleSessions),
          onProgress(read, total) {
            const detail = `${formatBytes(read)} of ${formatBytes(total)}`;
            onProgress({ phase: 'importing', etaS: null, detail });
          },
        }),
      );
      if (json) sayJson(summary);
      else {
        say(...formatImportSummary(summary), `Trace: ${flags.out}`);
        if (mask) say(`Mask of the data: ${maskFileOf(flags.out)}`);
      }
    });
  addExamples(command, {
    'bench import postgresql.csv -o shop.trace': 'its busiest database',
    'bench import day1.log.gz day2.log.gz --database shop -o shop.trace': 'several files, oldest first',
    'bench import postgresql.csv --mask strings --mask-key mask.key -o shop.trace':
      'with its strings replaced, to be handed on',
    'bench run baseline --workload shop.trace --snapshot shop.dump': 'replay it',
  });
}

/** `10%` is 0.1; NaN where it is no percentage. */
function shareOf(percent: string): number {
  return Number(/^(\d+(?:\.\d+)?) ?%$/.exec(percent)?.[1]) / 100;
}
