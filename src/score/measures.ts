import type { NodeName, NodeObservation, RunRecord, VolumeTotals } from '../record/pure.js';
import { sumOf } from './statistics/estimate.js';

/** What one run's record says, by name. */

export function nodeOf(run: RunRecord, name: NodeName): NodeObservation | undefined {
  return run.nodes.find((node) => node.name === name);
}

/** Reads that a node answered in the measured window, as the server counted them. */
export function readsOf(run: RunRecord, name: NodeName): VolumeTotals | undefined {
  return run.volume.find((volume) => volume.node === name)?.reads;
}

/** Requests answered as expected in the measured window: the unit of work that both sides share. */
export function workOf(run: RunRecord): number {
  return run.load.window.accounting.ok;
}

/** Percent of the requests that failed; 0 where none was answered at all. */
export function failedPercent({ accounting: { ok, failed } }: RunRecord): number {
  return ok + failed > 0 ? (failed / (ok + failed)) * 100 : 0;
}

/** Cores that a node used on average over the window. */
export function coresOf(node: NodeObservation, run: RunRecord): number {
  return run.window.seconds > 0 ? node.cpuSeconds / run.window.seconds : 0;
}

/** CPU time in ms that nodes spent for each request answered by the whole setup; null where none was. */
export function cpuMsPerRequest(run: RunRecord, ...nodes: NodeObservation[]): number | null {
  if (nodes.length === 0 || workOf(run) === 0) return null;
  return (sumOf(nodes, ({ cpuSeconds }) => cpuSeconds) * 1000) / workOf(run);
}

/** Mean time in ms of a report's statement as the servers measured it, without any wait for a connection or a turn. */
export function analyticsExecutionMs({ volume }: RunRecord): number | null {
  let [calls, execMs] = [0, 0];
  for (const statement of volume.flatMap(({ statements }) => statements)) {
    if (statement.category !== 'analytics') continue;
    calls += statement.calls;
    execMs += statement.execMs;
  }
  return calls > 0 ? execMs / calls : null;
}
