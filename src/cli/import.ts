import type { Command } from 'commander';
import { formatBytes } from '../machine/pure.js';
import { formatImportSummary, importLog } from '../workload/capture/index.js';
import type { CommandContext } from './context.js';

/** `bench import LOG… -o TRACE`: a PostgreSQL csvlog becomes a trace. */
export function importCommand(bench: Command, context: CommandContext): void {
  bench
    .command('import')
    .description('turn a PostgreSQL csvlog into a trace')
    .argument('<log...>', 'csvlog files, oldest first (.gz too)')
    .requiredOption('-o, --out <trace>', 'the trace to write')
    .option('--database <name>', 'the database to take from the log (default: the busiest)')
    .option('--json', 'print the summary as JSON')
    .action(async (logFiles: string[], flags: { out: string; database?: string; json?: boolean }) => {
      const summary = await context.withProgress(({ signal, onProgress }) =>
        importLog({
          logFiles,
          out: flags.out,
          database: flags.database,
          signal,
          onProgress: (read, total) =>
            onProgress({
              phase: 'importing',
              etaS: null,
              detail: `${formatBytes(read)} of ${formatBytes(total)}`,
            }),
        }),
      );
      console.log(
        flags.json
          ? JSON.stringify(summary, null, 2)
          : `${formatImportSummary(summary)}\nTrace: ${flags.out}`,
      );
    });
}
