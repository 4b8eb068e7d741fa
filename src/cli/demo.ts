import type { Command } from 'commander';
import { demo, demoSeconds } from '../compare/index.js';
import { cacheDir } from '../machine/index.js';
import { formatBytes } from '../machine/pure.js';
import { runSummary } from '../report/index.js';
import { DISK_BYTES, requireDisk } from '../run/index.js';
import type { CommandContext } from './context.js';
import { printComparison } from './print-comparison.js';
import { addRunOptions, readFlags } from './run-options.js';

/** `bench demo`: baseline, split and compare in one go. Succeeds once the report exists, whatever its verdicts. */
export function demoCommand(bench: Command, context: CommandContext): void {
  addRunOptions(bench.command('demo').description('baseline, split and compare in one go')).action(
    async (flags) => {
      const errand = await readFlags(flags);
      const { seconds, firstTime } = await demoSeconds(errand.work);
      console.log(
        `Baseline, split and compare take about ${minutes(seconds)} (the first time about ${minutes(firstTime)}) ` +
          `and up to ${formatBytes(DISK_BYTES)} of disk in ${cacheDir()}.\n`,
      );
      await requireDisk();
      const compared = await context.withProgress((following) =>
        demo({
          ...errand,
          ...following,
          onRun: ({ record, file }) => console.log(`${runSummary(record, file).text}\n`),
          onFault: (fault) =>
            console.log(`Nothing could be compared with it: ${fault}. Its rate is found anew.\n`),
        }),
      );
      await printComparison(compared, {});
    },
  );
}

function minutes(seconds: number): string {
  return `${Math.ceil(seconds / 60)} min`;
}
