import { join } from 'node:path';
import { newRunId } from '../record/index.js';
import { writeReport } from '../report/index.js';
import { type Scorecard, score, sidesAreEqual } from '../score/index.js';
import { compareAnswers } from './compare-answers.js';
import { configuredTargets } from './configured-targets.js';
import { controlFor, pick, pickSplit, refuseOtherWork } from './pick-run.js';
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
