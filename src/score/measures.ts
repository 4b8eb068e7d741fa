import { sumOf } from '../machine/pure.js';
import {
  type Category,
  type ErrorCompared,
  isCaptured,
  type NodeObservation,
  type Plan,
  type PoolObservation,
  type Role,
  type RunRecord,
  type VolumeObservation,
  type VolumeTotals,
} from '../record/pure.js';

/** What one run's record says, by name. */

/** What each server of a role executed for the application, by its own count. */
export function volumesOf(run: RunRecord, role: Role): VolumeObservation[] {
  const names = run.nodes.filter((node) => node.role === role).map(({ name }) => name);
  return run.volume.filter(({ node }) => names.includes(node));
}

/** Reads that the servers of a role answered in the measured window; undefined where none of them counted. */
export function readsOf(run: RunRecord, role: Role): VolumeTotals | undefined {
  const reads = volumesOf(run, role).map((volume) => volume.reads);
  if (reads.length === 0) return undefined;
  const sum = (what: keyof VolumeTotals) => sumOf(reads, (each) => each[what]);
  return { calls: sum('calls'), execMs: sum('execMs'), rows: sum('rows'), blocks: sum('blocks') };
}

/** Requests answered as expected in the measured window: the unit of work that both sides share. */
export function workOf(run: RunRecord): number {
  return run.load.window.accounting.ok;
}

/** Percent of the requests that failed; 0 where none was answered at all. */
export function failedPercent({ accounting: { ok, failed } }: RunRecord): number {
  return ok + failed > 0 ? (failed / (ok + failed)) * 100 : 0;
}

/**
 * How statements of a captured trace ended, compared with the capture; null where the trace doesn't tell how they did then.
 * A statement that failed neither time counts in none.
 */
export function errorsCompared({ load }: RunRecord): Record<ErrorCompared, number> | null {
  if (!load.missingErrors) return null;
  const of = (kind: ErrorCompared) =>
    sumOf(
      load.errors.filter(({ compared }) => compared === kind),
      ({ count }) => count,
    );
  const missing = sumOf(load.missingErrors, ({ count }) => count);
  return { same: of('same'), changed: of('changed'), new: of('new'), missing };
}

/** Requests that failed, without those that had failed alike when they were captured. */
export function failedHere(run: RunRecord): number {
  return run.accounting.failed - (errorsCompared(run)?.same ?? 0);
}

/**
 * Requests of a category by time block that were due in the measured window and got no good answer, without those that had
 * failed alike when they were captured; what was never sent, at its end. None of a captured trace that doesn't tell which
 * had failed then.
 */
export function unansweredByBlock(run: RunRecord, category: Category): number[] {
  const { failedByBlock, accounting, blocks } = run.load.window;
  const told = !isCaptured(run) || run.load.missingErrors !== undefined;
  const counts = Array.from(
    { length: Math.max(blocks.length, failedByBlock.length, 1) },
    (_, block) => (told && failedByBlock[block]?.[category]) || 0,
  );
  counts[counts.length - 1]! += accounting.byCategory[category].notSent;
  return counts;
}

/**
 * Those of them that count in a latency: all but a baseline's, which would flatter the split.
 */
export function unansweredThatCount(run: RunRecord, category: Category): number[] {
  return unansweredByBlock(run, category).map((count) => (run.side === 'baseline' ? 0 : count));
}

/**
 * How many times as long a run took as its load was to last. A captured trace is played to its last answer: spread over all
 * of that time, the work of a side whose answers come late would look like less.
 */
export function overtimeOf({ plan, window }: RunRecord): number {
  return isCaptured({ plan }) ? window.seconds / plan.load.durationS : 1;
}

/** Cores that the budgets of the servers on this machine add up to, one without a budget being promised nothing. */
export function budgetsHere({ topology }: Pick<Plan, 'topology'>): number {
  const here = topology.nodes.filter(({ server }) => server === undefined || server.local);
  return sumOf(here, ({ cpus }) => cpus ?? 0);
}

/** Cores that a node used on average while its load was to last; null where nobody counted. */
export function coresOf({ cpuSeconds }: NodeObservation, run: RunRecord): number | null {
  return cpuSeconds !== null && run.window.seconds > 0
    ? (cpuSeconds / run.window.seconds) * overtimeOf(run)
    : null;
}

/** The same as a share of its budget: above 1 where a captured trace asked for more. */
export function shareOf({ utilisation }: NodeObservation, run: RunRecord): number | null {
  return utilisation === null ? null : utilisation * overtimeOf(run);
}

/** Mean share of its connections that a pool had in use while its load was to last, 0..1; null where it was not seen. */
export function useOf({ utilisationMean }: PoolObservation, run: RunRecord): number | null {
  return utilisationMean === null ? null : Math.min(1, utilisationMean * overtimeOf(run));
}

/** CPU time in ms that nodes spent for each request answered by the whole setup; null where none was, or nobody counted. */
export function cpuMsPerRequest(run: RunRecord, ...nodes: NodeObservation[]): number | null {
  const cpuSeconds = nodes.map((node) => node.cpuSeconds).filter((seconds) => seconds !== null);
  if (nodes.length === 0 || cpuSeconds.length < nodes.length || workOf(run) === 0) return null;
  return (sumOf(cpuSeconds) * 1000) / workOf(run);
}

/**
 * CPU time in ms that the load generator spent for each request that it sent, over the whole play; null where that is
 * unknown, or none was sent.
 */
export function generatorCpuMsPerRequest(run: RunRecord): number | null {
  const { generatorCores } = run.processes;
  const { ok, failed } = run.accounting;
  const playedS = run.plan.load.warmupS + run.window.seconds;
  return generatorCores === null || ok + failed === 0
    ? null
    : (generatorCores * playedS * 1000) / (ok + failed);
}

/** CPU time in ms that the service spent for each request answered in the window; null where there is none, or none was. */
export function serviceCpuMsPerRequest(run: RunRecord): number | null {
  const { serviceCores } = run.machine;
  return serviceCores === null || workOf(run) === 0
    ? null
    : (serviceCores * run.window.seconds * 1000) / workOf(run);
}

/** Mean time in ms of a report's statement as the servers measured it: waits for CPU included, those for a connection not. */
export function analyticsExecutionMs({ volume }: RunRecord): number | null {
  const all = volume.flatMap(({ statements }) => statements);
  const analytics = all.filter(({ category }) => category === 'analytics');
  const calls = sumOf(analytics, (each) => each.calls);
  return calls > 0 ? sumOf(analytics, ({ execMs }) => execMs) / calls : null;
}
