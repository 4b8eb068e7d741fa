import type { Command } from 'commander';
import { formatBytes } from '../machine/pure.js';
import { formatImportSummary, importLog } from '../workload/capture/index.js';
import type { CommandContext } from './context.js';
import { say, sayJson } from './output.js';

export function importCommand(bench: Command, context: CommandContext): void {
  bench
    .command('import')
    .description('turn a PostgreSQL log into a trace')
    .argument('<log...>', 'files of a csvlog or jsonlog (.gz too)')
    .requiredOption('-o, --out <trace>', 'the trace to write')
    .option('--database <name>', 'the database to take from the log (default: the busiest)')
    .option('--json', 'print the summary as JSON')
    .action(async (logFiles: string[], flags: { out: string; database?: string; json?: boolean }) => {
      const { json, ...request } = flags;
      const summary = await context.withProgress(({ signal, onProgress }) =>
        importLog({
          ...{ logFiles, ...request, signal },
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
