import type { Command } from 'commander';
import { trendOver } from '../compare/index.js';
import { trendText, writeTrendReport } from '../report/index.js';
import { addExamples } from './examples.js';
import { columns, say, sayJson } from './output.js';

/** `bench trend`: the same targets over many comparisons, and whether they drift. */
export function trendCommand(bench: Command): void {
  const command = bench
    .command('trend')
    .description('show the targets over many comparisons, oldest first, and whether they drift')
    .argument('<paths...>', 'folders of reports, or compare.json files')
    .option('--html <file>', 'also write it as a page, with a chart for each target')
    .option('--json', 'print values and drifts as JSON')
    .action(async (paths: string[], flags: { html?: string; json?: boolean }) => {
      const trend = await trendOver(paths);
      if (flags.html !== undefined) await writeTrendReport(trend, flags.html);
      if (flags.json) sayJson(trend);
      else
        say(
          ...trendText(trend, columns()),
          ...(flags.html === undefined ? [] : ['', `Report: ${flags.html}`]),
        );
    });
  addExamples(command, {
    'bench trend reports --html trend.html': 'all comparisons in a folder of reports',
    'bench trend nightly/*/compare.json --json': 'for a program',
  });
}
