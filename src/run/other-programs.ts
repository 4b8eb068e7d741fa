import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatCores, sumOf } from '../machine/pure.js';

/** What other programs use at the moment, in words, and whether that is too much for a run beside them. */
export interface OtherPrograms {
  cores: number;
  tooMuch: boolean;
  words: string;
}

const CORES = os.availableParallelism();

/**
 * What comparisons let others use (docs/scorecard.md, `other-programs`): a tenth of the machine or, where it is large, what nodes,
 * service and generator of the default plan leave of nine tenths.
 */
const ALLOWED = Math.max(0.1 * CORES, 0.9 * CORES - 3);

/**
 * Looks at what all programs but this process use, for a while. The kernel counts in steps of 10 ms.
 * @returns null where it counts other cores than those that may be used here (in some containers)
 */
export async function otherProgramsNow(overMs: number): Promise<OtherPrograms | null> {
  if (os.cpus().length !== CORES) return null;
  const [before, ownBefore] = [busyMs(), process.cpuUsage()];
  const fromMs = performance.now();
  await sleep(overMs);
  const own = process.cpuUsage(ownBefore);
  const busy = busyMs() - before - (own.user + own.system) / 1000;
  const cores = Math.max(0, busy / (performance.now() - fromMs));
  return {
    cores,
    tooMuch: cores > ALLOWED,
    words: `Other programs use ${formatCores(cores)} of ${CORES} at the moment, and comparisons allow ${formatCores(ALLOWED)}: close them first`,
  };
}

/** CPU time of all programs since the machine started. */
function busyMs(): number {
  return sumOf(os.cpus(), ({ times: { user, nice, sys, irq } }) => user + nice + sys + irq);
}
