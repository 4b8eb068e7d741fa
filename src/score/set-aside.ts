import { validityChecks } from './checks.js';
import { sidesAreEqual } from './measures.js';
import type { Pair } from './scorecard.js';

/** What the machine was like while a pair was measured. */
const OF_THE_MACHINE = ['generator-lateness', 'generator-cpu', 'steal', 'other-programs'];
/** What a baseline has to be before anything can be compared with it. */
const OF_A_BASELINE = ['baseline-load', 'steady'];

/**
 * Why a pair says nothing, for reasons that were there before the split was looked at: the machine had no CPU to spare,
 * or the baseline was not loaded as planned. Null if it says something. A fault of the split itself (errors, a replica that
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
