import { join } from 'node:path';
import type { Command } from 'commander';
import { formatScorecard } from '../report/terminal.js';
import { writeReport } from '../report/write.js';
import { compareAnswers } from '../run/compare-answers.js';
import { newRunId } from '../run/store.js';
import { isCampaign } from '../run/trials-file.js';
import { exitCodeOf, exitCodeOfEqualRuns } from '../score/exit-code.js';
import { sidesAreEqual } from '../score/measures.js';
import { score } from '../score/score.js';
import type { Scorecard } from '../score/scorecard.js';
import { compareTrials } from './compare-trials.js';
import { configuredTargets } from './configured-targets.js';
import type { CommandContext } from './main.js';
import { controlFor, pick, pickSplit, refuseOtherWork } from './pick-run.js';

/** `bench compare [BASELINE] [SPLIT]`: two runs in, a scorecard and a report out. */
export function compareCommand(bench: Command, context: CommandContext): void {
  bench
    .command('compare')
    .description('score a split run against a baseline run, or all pairs of trials, and write the report')
    .argument(
      '[baseline]',
      'run.json of a baseline, or its folder (default: the newest); or the folder of trials',
    )
    .argument(
      '[split]',
      'run.json of a split, or of another baseline, or its folder (default: the newest split)',
    )
    .option(
      '--control <file>',
      'run.json of a control, or its folder (default: the newest of the same plan, if any)',
    )
    .option(
      '--out <dir>',
      'folder for compare.html and compare.json (default: reports/<time>-compare; of trials: their folder)',
    )
    .option('--json', 'print the scorecard as JSON')
    .action(
      async (
        baseline: string | undefined,
        split: string | undefined,
        flags: { control?: string; out?: string; json?: boolean },
      ) => {
        const { control, out } = flags;
        const { scorecard, html, aa } =
          baseline !== undefined && isCampaign(baseline)
            ? await compareTrials({ trials: baseline, split, control, out })
            : await compare({ baseline, split, control, out });
        process.stdout.write(
          flags.json
            ? `${JSON.stringify(scorecard, null, 2)}\n`
            : `${formatScorecard(scorecard)}\n\nReport: ${html}\n`,
        );
        context.setExitCode(aa ? exitCodeOfEqualRuns(scorecard) : exitCodeOf(scorecard));
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
}): Promise<{ scorecard: Scorecard; html: string; aa: boolean }> {
  const baseline = await pick('baseline', request.baseline, request);
  const split = await pickSplit(baseline, request.split, request);
  refuseOtherWork(baseline, split);
  const control = await controlFor(baseline, request);
  const pair = { baseline: baseline.record, split: split.record };
  const scorecard = score([pair], {
    targets: await configuredTargets(),
    control: control?.record,
    divergence: await compareAnswers(baseline, split),
  });
  const outDir = request.out ?? join(request.runs ?? 'reports', newRunId('compare', new Date()));
  const { html } = await writeReport({
    pair,
    scorecard,
    control: control?.record,
    outDir,
    files: { baseline: baseline.file, split: split.file, control: control?.file },
  });
  return { scorecard, html, aa: sidesAreEqual([pair]) };
}
