import { faultOf, RUN_CHECKS } from './checks/judge.js';
import { type Pair, runsOf } from './pair.js';

/**
 * Why a pair says nothing, for reasons that are not the split's: others used the machine, or the baseline was not what it had
 * to be. Null if it says something. A fault of the split itself (errors, a replica that
 * does not stream) is never such a reason: to leave it out would flatter.
 */
export function whySetAside(pair: Pair): string | null {
  const faults = RUN_CHECKS.flatMap((check) => {
    const spoilt = runsOf(pair).filter(({ run }) => check.spoils === 'any-run' || run.side === check.spoils);
    return faultOf(check, spoilt) ?? [];
  });
  return faults.length === 0 ? null : faults.join('; ');
}
