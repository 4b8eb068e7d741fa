import { formatCores, formatMs, formatSpeedup } from '../machine/pure.js';
import { type RunRecord, samePlan } from '../record/pure.js';
import { validityChecks } from './checks.js';
import { latency } from './figures/latency.js';
import { coresOf, nodeOf } from './measures.js';
import type { Pair, Scorecard } from './scorecard.js';
import { sideMean } from './statistics/side-mean.js';

/** What a control's plan differs in from that of the pairs, which says the CPU of one node; empty if in nothing. */
export function controlDifferences(control: RunRecord, [first]: readonly Pair[]): string[] {
  return first ? samePlan(first.baseline.plan, control.plan) : [];
}

/** What the same CPU bought as one bigger primary, and what as a replica. It is told, and scored nothing. */
export function controlOf(control: RunRecord, pairs: readonly Pair[]): NonNullable<Scorecard['control']> {
  const differences = controlDifferences(control, pairs);
  if (differences.length > 0)
    return {
      run: control.id,
      sentence: `The control did other work, so its figures are left out: ${differences.join('; ')}.`,
    };
  const cpus = nodeOf(control, 'primary')?.budget.cpus ?? null;
  const bought = [reports(control, pairs), writes(control, pairs), cores(control, pairs)].filter(
    (part) => part !== null,
  );
  const what = `What the same CPU buys as one primary${cpus === null ? '' : ` of ${formatCores(cpus)}`}, and as a primary with a replica`;
  const failed = failedChecks(control);
  const doubt =
    failed.length === 0
      ? ''
      : ` The control can’t be relied on, for it failed what is checked of any run: ${failed.join('; ')}.`;
  return {
    run: control.id,
    sentence: `${what}: ${bought.join('; ') || 'nothing was measured on both'}.${doubt}`,
  };
}

/** The checks that any run has to pass, whatever it is compared with. */
const OF_ANY_RUN = [
  'accounting-adds-up',
  'all-sent',
  'generator-lateness',
  'generator-cpu',
  'errors',
  'steady',
  'statements-counted',
  'steal',
  'other-programs',
];

function failedChecks(run: RunRecord): string[] {
  return validityChecks([{ baseline: run, split: run }])
    .filter(({ id, ok }) => !ok && OF_ANY_RUN.includes(id))
    .map(({ title }) => `“${title}”`);
}

function reports(control: RunRecord, pairs: readonly Pair[]): string | null {
  const figure = latency('analytics', 'mean');
  const found = sides(figure.of, control, pairs);
  if (!found) return null;
  const { baseline, alone, split } = found;
  return `reports in ${formatMs(alone)} (${formatSpeedup(baseline / alone, 2)}), and in ${formatMs(split)} (${formatSpeedup(baseline / split, 2)})`;
}

function writes(control: RunRecord, pairs: readonly Pair[]): string | null {
  const found = sides(latency('write', 0.95).of, control, pairs);
  return found && `writes at p95 in ${formatMs(found.alone)}, and in ${formatMs(found.split)}`;
}

function cores(control: RunRecord, pairs: readonly Pair[]): string | null {
  const total = (run: RunRecord) =>
    run.nodes.length > 0 ? run.nodes.reduce((sum, node) => sum + coresOf(node, run), 0) : null;
  const found = sides(total, control, pairs);
  return found && `${formatCores(found.alone)} used, and ${formatCores(found.split)}`;
}

function sides(figure: (run: RunRecord) => number | null, control: RunRecord, pairs: readonly Pair[]) {
  const mean = (runs: RunRecord[]) => sideMean(runs.map(figure));
  const alone = figure(control);
  const [baseline, split] = [mean(pairs.map((pair) => pair.baseline)), mean(pairs.map((pair) => pair.split))];
  return alone && baseline && split ? { baseline, alone, split } : null;
}
