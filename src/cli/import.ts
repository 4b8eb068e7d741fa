import type { Command } from 'commander';
import { formatBytes } from '../machine/pure.js';
import { formatImportSummary, importLog } from '../workload/capture/index.js';
import type { CommandContext } from './context.js';
import { say, sayJson } from './output.js';

interface Flags {
  out: string;
  prefix?: string;
  database?: string;
  user?: string[];
  from?: string;
  to?: string;
  sampleSessions?: string;
  json?: boolean;
}

export function importCommand(bench: Command, context: CommandContext): void {
  bench
    .command('import')
    .description('turn a PostgreSQL log into a trace')
    .argument('<log...>', 'files of a csvlog, a jsonlog or a plain log (.gz too)')
    .requiredOption('-o, --out <trace>', 'the trace to write')
    .option('--prefix <text>', "the server's log_line_prefix, for a plain log (default: as its lines look)")
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
    .option('--json', 'print the summary as JSON')
    .action(async (logFiles: string[], flags: Flags) => {
      const { json, user: users, sampleSessions, ...request } = flags;
      const summary = await context.withProgress(({ signal, onProgress }) =>
        importLog({
          ...{ logFiles, ...request, users, signal },
          sampleSessions: sampleSessions === undefined ? undefined : shareOf(sampleSessions),
          onProgress(read, total) {
            const detail = `${formatBytes(read)} of ${formatBytes(total)}`;
            onProgress({ phase: 'importing', etaS: null, detail });
          },
        }),
      );
      if (json) sayJson(summary);
      else say(...formatImportSummary(summary), `Trace: ${flags.out}`);
    });
}

/** `10%` is 0.1; NaN where it is no percentage. */
function shareOf(percent: string): number {
  return Number(/^(\d+(?:\.\d+)?) ?%?$/.exec(percent)?.[1]) / 100;
}
