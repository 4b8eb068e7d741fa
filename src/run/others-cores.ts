import type { LoadResult, Observations } from '../record/pure.js';

/** What all programs used but the run's own; null where a part of that is unknown. */
export function othersCores(
  { nodes, machine: { busyCores, benchCores, serviceCores } }: Observations,
  { generatorCores }: LoadResult,
  seconds: number,
): number | null {
  if (busyCores === null || benchCores === null || generatorCores === null) return null;
  let nodeCores = 0;
  for (const { cpuSeconds } of nodes) {
    if (cpuSeconds === null) return null;
    nodeCores += cpuSeconds / seconds;
  }
  return Math.max(0, busyCores - nodeCores - benchCores - (serviceCores ?? 0) - generatorCores);
}
