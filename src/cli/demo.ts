import { statfs } from 'node:fs/promises';
import type { Command } from 'commander';
import { compare } from '../compare/index.js';
import { cacheDir } from '../machine/index.js';
import { BenchError, formatBytes } from '../machine/pure.js';
import { workFromPlan } from '../plan/index.js';
import { runSummary } from '../report/index.js';
import { openWork, type RunRequest, runBench } from '../run/index.js';
import { utilisationFault } from '../score/index.js';
import type { CommandContext } from './context.js';
import { printComparison } from './print-comparison.js';
import { progressLine } from './progress-line.js';
import { addRunOptions, readFlags } from './run-options.js';

/** The template, and a copy of it for each node, with room for what a run writes. */
const DISK_BYTES = 2e9;
/** Installing the data set, finding the rate, and starting and stopping servers, once each. */
const SET_UP_S = 120;
const OVERHEAD_S = 70;

/** `bench demo`: baseline, split and compare in one go. Succeeds once the report exists, whatever its verdicts. */
export function demoCommand(bench: Command, context: CommandContext): void {
  addRunOptions(bench.command('demo').description('baseline, split and compare in one go')).action(
    async (flags) => {
      const { work, out } = await readFlags(flags);
      const { warmupS, durationS } = await openWork(work);
      const measuredS = 2 * (warmupS + durationS) + OVERHEAD_S;
      const minutes = (seconds: number) => `${Math.ceil(seconds / 60)} min`;
      console.log(
        `Baseline, split and compare take about ${minutes(measuredS)} (the first time about ${minutes(measuredS + SET_UP_S)}) ` +
          `and up to ${formatBytes(DISK_BYTES)} of disk in ${cacheDir()}.\n`,
      );
      await checkDisk(cacheDir());
      const line = progressLine();
      try {
        const run = { work, out, signal: context.signal, onProgress: line.onProgress };
        const baseline = await loadedBaseline(run);
        const split = await runBench({
          ...run,
          side: 'split',
          work: await workFromPlan(baseline.record.plan, { checkResults: work.checkResults }),
        });
        console.log(`${runSummary(split.record, split.file).text}\n`);
        line.end();
        const compared = await compare({ baseline: baseline.file, split: split.file, runs: out });
        await printComparison(compared, {});
      } finally {
        line.end();
      }
    },
  );
}

/** The load of a shared machine wanders: a baseline that it spoilt is made again, so often. */
const ATTEMPTS = 3;

/** A baseline that something can be compared with, unless the machine never allows one. */
async function loadedBaseline(run: Omit<RunRequest, 'side'>): ReturnType<typeof runBench> {
  for (let attempt = 1; ; attempt++) {
    const made = await runBench({ ...run, side: 'baseline' });
    console.log(`${runSummary(made.record, made.file).text}\n`);
    const fault = utilisationFault(made.record);
    // A rate that was asked for stays.
    if (fault === null || made.record.rateSearch === null || attempt === ATTEMPTS) return made;
    console.log(`Nothing could be compared with it: ${fault}. Its rate is found anew.\n`);
  }
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
