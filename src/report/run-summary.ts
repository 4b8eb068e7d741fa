import { formatBytes, formatCount, formatMs, formatPercent } from '../machine/pure.js';
import { meanMs, percentileMs } from '../record/histogram.js';
import {
  CATEGORIES,
  isCaptured,
  type LagObservation,
  nodeOf,
  type RunRecord,
  type ScenarioSummary,
} from '../record/pure.js';
import {
  cpuMsPerRequest,
  errorsCompared,
  failuresOf,
  scenarioNotesOfRun,
  utilisationNote,
} from '../score/index.js';
import { latenessInWords } from './lateness.js';
import { lockWaitsInWords } from './lock-waits.js';

/** The short summary that `bench run` prints, line by line and as JSON. */
export function runSummary(record: RunRecord, file: string): { lines: string[]; json: unknown } {
  const { schema, id, side, planHash, accounting, window } = record;
  const { ratePerSecond } = record.plan.load;
  const lines = [
    `${side}: ${formatCount(accounting.captured)} events = ${formatCount(accounting.ok)} ok + ${formatCount(accounting.failed)} failed + ` +
      `${formatCount(accounting.skipped)} skipped + ${formatCount(accounting.notSent)} not sent; ${window.seconds.toFixed(0)} s measured` +
      (ratePerSecond ? ` at ${formatCount(ratePerSecond)}/s` : ''),
  ];
  const errors = errorsCompared(record);
  if (errors) {
    lines.push(
      `  errors: ${formatCount(errors.same)} as when captured, ${formatCount(errors.changed)} with another code, ` +
        `${formatCount(errors.new)} new; ${formatCount(errors.missing)} of the capture's are missing`,
    );
  }
  const locks = lockWaitsInWords(record);
  if (locks) lines.push(`  locks: ${locks}`);
  const nodes = record.nodes.map((node) => ({
    ...node,
    series: undefined, // too much for a summary
    cpuMsPerRequest: cpuMsPerRequest(record, node),
  }));
  for (const node of nodes) {
    const budget = node.budget.cpus === null ? 'of the machine' : `of ${node.budget.cpus} cores`;
    lines.push(
      `  ${node.name.padEnd(8)} CPU ${node.utilisation === null ? 'unknown' : `${formatPercent(node.utilisation * 100)} ${budget}`}` +
        (node.cpuMsPerRequest === null ? '' : `, ${formatMs(node.cpuMsPerRequest)} an answer`) +
        (node.memoryBytesMean === null ? '' : `, memory ${formatBytes(node.memoryBytesMean)}`),
    );
  }
  for (const category of CATEGORIES) {
    const latency = record.load.window.latency[category];
    if (!latency || latency.count === 0) continue;
    const percentiles = [50, 95, 99].map((p) => `p${p} ${formatMs(percentileMs(latency, p / 100)!)}`);
    lines.push(
      `  ${category.padEnd(9)} ${formatCount(latency.count).padStart(7)} answers, mean ${formatMs(meanMs(latency)!)}, ${percentiles.join(', ')}`,
    );
  }
  if (isCaptured(record)) lines.push(`  began late: ${latenessInWords(record)}`);
  const { scenario } = record.load;
  if (scenario) lines.push(`  k6: ${scenarioInWords(scenario)}`);
  const lag = record.lag?.commitToVisible ?? null;
  for (const each of record.lag ? [record.lag, ...(record.lag.others ?? [])] : []) {
    const whose = record.lag?.others ? ` of node ${each.node}` : '';
    lines.push(`  lag${whose}: ${lagInWords(each)}`);
  }
  const notes = notesOfRun(record);
  lines.push(...notes.map((note) => `  note: ${note}`), ...leftBehind(record), `Record: ${file}`);
  return {
    lines,
    json: {
      schema,
      id,
      side,
      file,
      planHash,
      ratePerSecond,
      accounting,
      errors,
      lockWaits: record.load.lockWaits,
      scenario: record.load.scenario,
      nodes,
      lag: lag && { ...lag, unseen: record.lag?.unseen },
      warnings: notes,
    },
  };
}

/** Its thresholds and checks, as k6 counts them. */
function scenarioInWords({ iterations, notStarted, thresholds, checks }: ScenarioSummary): string {
  const kept = thresholds.filter(({ ok }) => ok).length;
  const passes = checks.reduce((sum, check) => sum + check.passes, 0);
  const all = checks.reduce((sum, check) => sum + check.fails, passes);
  return [
    `${formatCount(iterations)} iterations${notStarted > 0 ? ` and ${formatCount(notStarted)} not started` : ''}`,
    ...(all > 0 ? [`${formatCount(passes)} of ${formatCount(all)} checks passed`] : []),
    ...(thresholds.length > 0 ? [`${kept} of ${thresholds.length} thresholds kept`] : []),
  ].join(', ');
}

/** What its reader should know besides, in sentences. */
export function notesOfRun(run: RunRecord): string[] {
  const failures = failuresOf(run);
  // A baseline that can't be used at all was not merely off its aim.
  const loaded =
    run.side === 'baseline' && failures.length === 0 ? utilisationNote([{ baseline: run }]) : null;
  return [
    ...failures.map(({ found, cure }) => `Nothing can be compared with this ${run.side}: ${found}. ${cure}`),
    ...run.warnings,
    ...scenarioNotesOfRun(run),
    ...(loaded ? [loaded] : []),
  ];
}

/** What was not seen in time is in the mean, and said: it took at least what it counts as. */
function lagInWords({ commitToVisible: { count, meanMs, p99Ms }, unseen, followed }: LagObservation): string {
  if (count === 0) return 'unknown, as no commit was followed';
  const words = `mean ${formatMs(meanMs)}, p99 ${formatMs(p99Ms)} (${followed === 'positions' ? 'WAL positions' : 'commit'} to visible)`;
  return unseen === 0
    ? words
    : `${words}, or more: ${formatCount(unseen)} of ${formatCount(count)} commits were not seen in time`;
}

/** What stays on servers that are not the bench's, and how it goes. */
function leftBehind({ plan: { topology } }: RunRecord): string[] {
  const url = topology.reset === 'template' ? nodeOf(topology, 'primary')?.server?.url : undefined;
  if (url === undefined) return [];
  return [`  The bench's database stays on the server; remove it with: bench prepare --remove '${url}'`];
}
