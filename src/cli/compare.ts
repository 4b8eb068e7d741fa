import { join } from 'node:path';
import type { Command } from 'commander';
import { BenchError } from '../errors.js';
import { formatScorecard } from '../report/terminal.js';
import { writeReport } from '../report/write.js';
import { compareAnswers } from '../run/compare-answers.js';
import type { Topology } from '../run/record.js';
import { newestRun, newRunId, readRun, type StoredRun } from '../run/store.js';
import { withDivergence } from '../score/divergence.js';
import { exitCodeOf } from '../score/exit-code.js';
import { samePlan } from '../score/same-plan.js';
import { score } from '../score/score.js';
import type { Scorecard } from '../score/scorecard.js';
import type { CommandContext } from './main.js';

/** `bench compare [BASELINE] [SPLIT]`: two runs in, a scorecard and a report out. */
export function compareCommand(bench: Command, context: CommandContext): void {
  bench
    .command('compare')
    .description('score a split run against a baseline run and write the report')
    .argument('[baseline]', 'run.json of a baseline, or its folder (default: the newest)')
    .argument('[split]', 'run.json of a split, or its folder (default: the newest)')
    .option(
      '--control <file>',
      'run.json of a control, or its folder (default: the newest of the same plan, if any)',
    )
    .option('--out <dir>', 'folder for compare.html and compare.json (default: reports/<time>-compare)')
    .option('--json', 'print the scorecard as JSON')
    .action(
      async (
        baseline: string | undefined,
        split: string | undefined,
        flags: { control?: string; out?: string; json?: boolean },
      ) => {
        const { scorecard, html } = await compare({
          baseline,
          split,
          control: flags.control,
          out: flags.out,
        });
        process.stdout.write(
          flags.json
            ? `${JSON.stringify(scorecard, null, 2)}\n`
            : `${formatScorecard(scorecard)}\n\nReport: ${html}\n`,
        );
        context.setExitCode(exitCodeOf(scorecard));
      },
    );
}

/**
 * Compares two runs and writes the report.
 * @throws BenchError PLANS_DIFFER naming what differs, or what readRun throws
 */
export async function compare(request: {
  baseline: string | undefined;
  split: string | undefined;
  /** Default: the newest control of the baseline's plan, where there is one. */
  control?: string;
  out: string | undefined;
  /** Where the newest runs are looked for. Default: `out` if it holds any, else reports. */
  runs?: string;
}): Promise<{ scorecard: Scorecard; html: string }> {
  const baseline = await pick('baseline', request.baseline, request);
  const split = await pick('split', request.split, request);
  refuseOtherWork(baseline, split);
  const control =
    request.control === undefined
      ? await newestControl(baseline.record.planHash, request)
      : await pick('control', request.control, request);
  if (control) refuseOtherWork(baseline, control);
  const pair = { baseline: baseline.record, split: split.record };
  const scorecard = withDivergence(score([pair]), await compareAnswers(baseline, split));
  const outDir = request.out ?? join(request.runs ?? 'reports', newRunId('compare', new Date()));
  const { html } = await writeReport({
    pair,
    scorecard,
    control: control?.record,
    outDir,
    files: { baseline: baseline.file, split: split.file, control: control?.file },
  });
  return { scorecard, html };
}

function refuseOtherWork(baseline: StoredRun, other: StoredRun): void {
  const differences = samePlan(baseline.record.plan, other.record.plan);
  if (differences.length === 0) return;
  throw new BenchError(
    'PLANS_DIFFER',
    `These runs did not do the same work: ${differences.join('; ')}. Run the ${other.record.topology} again with --plan ${baseline.file}.`,
  );
}

/** Where runs are looked for, first the likeliest. */
function foldersOf({ out, runs }: { out?: string; runs?: string }): string[] {
  return runs !== undefined ? [runs] : [...(out === undefined ? [] : [out]), 'reports'];
}

async function newestControl(
  planHash: string,
  where: { out?: string; runs?: string },
): Promise<StoredRun | null> {
  for (const folder of foldersOf(where)) {
    const run = await newestRun(folder, 'control', planHash);
    if (run) return run;
  }
  return null;
}

async function pick(
  topology: Topology,
  given: string | undefined,
  { out, runs }: { out?: string; runs?: string },
): Promise<StoredRun> {
  if (given !== undefined) {
    const run = await readRun(given);
    if (run.record.topology !== topology) {
      throw new BenchError(
        'WRONG_TOPOLOGY',
        `${run.file} is a ${run.record.topology} run, but a ${topology} run is wanted there: bench compare BASELINE SPLIT --control CONTROL.`,
      );
    }
    return run;
  }
  const folders = foldersOf({ out, runs });
  for (const folder of folders) {
    const run = await newestRun(folder, topology);
    if (run) return run;
  }
  throw new BenchError(
    'NO_RUN',
    `There is no ${topology} run in ${folders.join(' or ')}: make one with "bench run ${topology}", or name its run.json.`,
  );
}
