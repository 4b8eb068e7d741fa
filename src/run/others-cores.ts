import type { LoadResult, Observations, Topology } from '../record/pure.js';

/** What all programs used but the run's own; null where a part of that is unknown. */
export function othersCores(
  { nodes, machine: { busyCores, benchCores, serviceCores } }: Observations,
  { generatorCores }: LoadResult,
  seconds: number,
  { nodes: planned }: Topology,
): number | null {
  if (busyCores === null || benchCores === null || generatorCores === null) return null;
  let nodeCores = 0;
  for (const { name, cpuSeconds } of nodes) {
    const server = planned.find((node) => node.name === name)?.server;
    if (server && !server.local) continue;
    if (cpuSeconds === null) return null;
    nodeCores += cpuSeconds / seconds;
  }
  return Math.max(0, busyCores - nodeCores - benchCores - (serviceCores ?? 0) - generatorCores);
}
