import { join } from 'node:path';
import { BenchError } from '../machine/pure.js';
import { readRun, readTrials } from '../record/index.js';
import { type StoredRun, type StoredTrials, samePlan, type TrialPair } from '../record/pure.js';
import { writeReport } from '../report/index.js';
import { type Scorecard, scoreTrials, whySetAside } from '../score/index.js';
import { configuredTargets } from './configured-targets.js';
import { controlFor } from './pick-run.js';

/**
 * Compares all complete pairs of trials and writes the report.
 * @throws BenchError NO_PAIR where none is complete, PLANS_DIFFER naming what differs, or what readTrials and readRun throw
 */
export async function compareTrials(request: {
  /** The trials' folder, or the trials.json in it. */
  trials: string;
  split?: string;
  control?: string;
  /** Default: the trials' folder, so that the report's links hold wherever it is taken. */
  out?: string;
}): Promise<{ scorecard: Scorecard; html: string; aa: boolean }> {
  if (request.split !== undefined) {
    throw new BenchError(
      'OPTION_CONFLICT',
      `${request.trials} holds trials, which have both sides: give it alone.`,
    );
  }
  const stored = await readTrials(request.trials);
  const { folder, trials } = stored;
  const pairs = await completePairs(stored);
  const [first] = pairs;
  if (!first) {
    throw new BenchError(
      'NO_PAIR',
      `No pair of the trials in ${folder} has both its runs: go on with "bench trials --resume ${folder}".`,
    );
  }
  const control = await controlFor(first.baseline, { control: request.control, out: folder });
  const about = pairs.map(({ number, pair: { order, runs }, baseline, split }) => {
    const pair = { baseline: baseline.record, split: split.record, number };
    return {
      number,
      first: order[0],
      runs: runs as { baseline: string; split: string },
      pair,
      setAside: whySetAside(pair),
    };
  });
  const scorecard = scoreTrials(about, trials, {
    targets: await configuredTargets(),
    control: control?.record,
  });
  const shown = pairs.find(({ number }) => number === scorecard.trials!.shown)!;
  const files = ({ baseline, split }: CompletePair) => ({ baseline: baseline.file, split: split.file });
  const { html } = await writeReport({
    pair: { baseline: shown.baseline.record, split: shown.split.record },
    scorecard,
    control: control?.record,
    outDir: request.out ?? folder,
    files: { ...files(shown), control: control?.file, pairs: pairs.map(files) },
  });
  return { scorecard, html, aa: trials.aa };
}

interface CompletePair {
  number: number;
  pair: TrialPair;
  baseline: StoredRun;
  split: StoredRun;
}

async function completePairs(stored: StoredTrials): Promise<CompletePair[]> {
  const complete: CompletePair[] = [];
  for (const [index, pair] of stored.trials.pairs.entries()) {
    const { baseline, split } = pair.runs;
    if (baseline === null || split === null) continue;
    complete.push({
      number: index + 1,
      pair,
      baseline: await runOf(stored, baseline),
      split: await runOf(stored, split),
    });
  }
  return complete;
}

async function runOf({ folder, trials }: StoredTrials, path: string): Promise<StoredRun> {
  const run = await readRun(join(folder, path));
  if (run.record.planHash === trials.planHash) return run;
  const differences = samePlan(trials.plan, run.record.plan);
  throw new BenchError(
    'PLANS_DIFFER',
    `${run.file} did not follow the plan of its trials: ${differences.join('; ') || 'its policy is another'}. Take its folder away and go on with "bench trials --resume ${folder}".`,
  );
}
