import { statfs } from 'node:fs/promises';
import type { Command } from 'commander';
import { demo, demoSeconds } from '../compare/index.js';
import { cacheDir } from '../machine/index.js';
import { BenchError, formatBytes } from '../machine/pure.js';
import { runSummary } from '../report/index.js';
import type { CommandContext } from './context.js';
import { printComparison } from './print-comparison.js';
import { withProgress } from './progress-line.js';
import { addRunOptions, readFlags } from './run-options.js';

/** The template, and a copy of it for each node, with room for what a run writes. */
const DISK_BYTES = 2e9;

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
      await checkDisk(cacheDir());
      const compared = await withProgress(context, (following) =>
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

async function checkDisk(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < DISK_BYTES) {
    throw new BenchError(
      'DISK_FULL',
      `${folder} has ${formatBytes(bavail * bsize)} free, but the demo needs up to ${formatBytes(DISK_BYTES)}: free some, or set BENCH_CACHE to another disk.`,
    );
  }
}
