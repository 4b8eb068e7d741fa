import { sumOf } from '../../machine/pure.js';
import { hasOwnPace, type NodeObservation, nodeOf, type RunRecord } from '../../record/pure.js';
import { coresOf, cpuMsPerRequest, shareOf } from '../measures.js';
import { sumAt } from '../statistics/estimate.js';
import { type Figure, meanOver, type OverBlocks } from './figure.js';
import { busyEnough } from './floors.js';
import { noiseOfCost } from './noise.js';

/** What a difference of CPU has to be to matter. */
export const LEAST_RELEVANT_CPU = 1.02;

/** CPU of the primary, in percent of the budget that the plan gives it: a control's has that of all nodes. */
export function primaryCpuPercent(run: RunRecord): number | null {
  const primary = nodeOf(run, 'primary');
  const share = primary ? shareOf(primary, run) : null;
  const planned = nodeOf(run.plan.topology, 'primary')?.cpus;
  const budgets =
    run.side === 'control' && planned && primary?.budget.cpus ? primary.budget.cpus / planned : 1;
  return share === null ? null : share * 100 * budgets;
}

/** The same; where no rate is the same on both sides, CPU time for each answer. */
export const primaryCpu: Figure = {
  of: (run) => {
    const primary = nodeOf(run, 'primary');
    return hasOwnPace(run) && primary ? cpuMsPerRequest(run, primary) : primaryCpuPercent(run);
  },
  overBlocks: (run) => perAnswerOver(run, coresOver(run, nodeOf(run, 'primary'))),
  noise: noiseOfCost,
  leastRelevant: LEAST_RELEVANT_CPU,
  floor: busyEnough,
};

/** CPU of all database nodes together, in cores; it says nothing where the sides were given different work. */
export const totalCpu: Figure = {
  of: (run) => {
    if (hasOwnPace(run)) return null;
    const cores = run.nodes.map((node) => coresOf(node, run));
    return cores.length > 0 && cores.every((each) => each !== null) ? sumOf(cores) : null;
  },
  overBlocks: (run) => {
    const nodes = run.nodes.map((node) => coresOver(run, node));
    return nodes.every((over) => over !== null) ? (blocks) => sumOf(nodes, (over) => over(blocks)) : null;
  },
  noise: noiseOfCost,
  leastRelevant: LEAST_RELEVANT_CPU,
  floor: busyEnough,
};

/** Cores that a node used, over time blocks; null where its CPU was not followed. */
export function coresOver(run: RunRecord, node: NodeObservation | undefined): OverBlocks | null {
  return node && node.series.tMs.length > 0 ? meanOver(run, node.series.tMs, node.series.cpuCores) : null;
}

/** Cores over time blocks as they are, or for each answer where the pace is the scenario's own. */
function perAnswerOver(run: RunRecord, cores: OverBlocks | null): OverBlocks | null {
  if (!cores || !hasOwnPace(run)) return cores;
  const { blocks } = run.load.window;
  const answered = blocks.map((block) => sumOf(Object.values(block), ({ count }) => count));
  return (chosen) => (cores(chosen) * chosen.length) / sumAt(answered, chosen);
}
