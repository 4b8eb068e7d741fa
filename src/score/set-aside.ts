import { validityChecks } from './checks.js';
import { sidesAreEqual } from './measures.js';
import type { Pair } from './scorecard.js';

/** What others did to the machine while a pair was measured. */
const OF_THE_MACHINE = ['steal', 'other-programs'];
/** What a baseline has to be before anything can be compared with it. In a split the same may be the split's own doing. */
const OF_A_BASELINE = ['baseline-load', 'steady', 'generator-lateness', 'generator-cpu'];

/**
 * Why a pair says nothing, for reasons that are not the split's: others used the machine, or the baseline was not what it had
 * to be. Null if it says something. A fault of the split itself (errors, a replica that
 * does not stream) is never such a reason: to leave it out would flatter.
 */
export function whySetAside(pair: Pair): string | null {
  const baselines = sidesAreEqual([pair]) ? [pair.baseline, pair.split] : [pair.baseline];
  const faults = [
    ...faultsOf(pair, OF_THE_MACHINE),
    ...baselines.flatMap((run) => faultsOf({ baseline: run, split: run }, OF_A_BASELINE)),
  ];
  return faults.length === 0 ? null : [...new Set(faults)].join('; ');
}

function faultsOf(pair: Pair, ids: string[]): string[] {
  return validityChecks([pair])
    .filter(({ id, ok }) => !ok && ids.includes(id))
    .map(({ found }) => found);
}
