import { digitsBeside, formatPercent } from '../../machine/pure.js';
import { isApplication, isCaptured, nodeOf, USUAL_LOAD } from '../../record/pure.js';
import { atLoad, rateAnew } from '../measure-more.js';
import { sideOf } from '../pair.js';
import { atMost, type Reading, type RunCheck, type Told } from './check.js';

/** No rate is searched for where an application of the user's is driven. */
const CURE_OF_SCENARIO =
  'Lower the rate with --rate or, if the scenario’s own executors start its iterations, let them start fewer.';

/** Percent of the CPU budget, of the periods, and points off what was planned. */
const LIMITS = {
  /**
   * From this utilisation on a queue needs longer than a run to come to rest: latencies say how long the run was, and the
   * split is flattered without limit. It holds for a given rate too.
   */
  overloaded: 97,
  /**
   * A primary can also be held back by its budget in nearly every period and still leave some of it unused: a period in
   * which all of its processes wait for something else is not made up for. Throttled that often, it could do no more
   * either.
   */
  heldBack: 97,
  /**
   * Below the utilisation that its rate was found for, a baseline answers another question; above it, it flatters the
   * split. The same rate cost 10 points more or less of the budget from one minute to the next on a shared machine; 15 is
   * more than the machine did.
   */
  off: 15,
};

export const baselineUtilisation: RunCheck = {
  of: 'run',
  subject: 'load',
  only: 'baseline',
  title: 'The baseline was loaded, and not overloaded',
  cure: 'Find the rate again with --rate auto, for a lower --utilisation if the baseline was overloaded at that load.',
  again: (pairs) => {
    const used = Math.max(
      ...sideOf(pairs, 'baseline').map((run) => nodeOf(run, 'primary')?.utilisation ?? 0),
    );
    return used > LIMITS.overloaded / 100 ? atLoad(pairs, { used, aim: USUAL_LOAD }) : rateAnew(pairs);
  },
  examine(run) {
    const primary = nodeOf(run, 'primary');
    if (isCaptured(run)) return { because: 'a captured trace sets its own pace' };
    if (run.plan.topology.cpuMethod === 'none')
      return { because: 'no CPU budget could be set on this machine' };
    const utilisation = primary?.utilisation ?? null;
    if (!primary || utilisation === null) return { because: 'the CPU of the primary was not measured' };
    const { throttledPeriods, periods } = primary;
    const ran = `its primary ran at ${formatPercent(utilisation * 100, digitsBeside(LIMITS.overloaded, utilisation * 100))} of its CPU budget`;
    const used = percent('Utilisation of the primary', utilisation * 100, LIMITS.overloaded);
    const over = `the baseline was overloaded: ${ran}, limit ${formatPercent(LIMITS.overloaded)}`;
    const cure = isApplication(run) ? { cure: CURE_OF_SCENARIO } : {};
    const examined: Told[] = [{ ...used, words: ran, fault: over, ...cure }];
    if (throttledPeriods !== null && periods) {
      const heldBack = (throttledPeriods / periods) * 100;
      examined.push({
        ...percent('Periods in which its budget held it back', heldBack, LIMITS.heldBack),
        fault: `the baseline was overloaded: its budget held its primary back in ${formatPercent(heldBack, digitsBeside(LIMITS.heldBack, heldBack))} of the periods, limit ${formatPercent(LIMITS.heldBack)}`,
        ...cure,
      });
    }
    const planned = run.plan.load.targetUtilisation;
    if (planned !== null) {
      const off = (utilisation - planned) * 100;
      const limit = planned * 100 + Math.sign(off) * LIMITS.off;
      examined.push({
        ...percent('Points off the utilisation that was planned', Math.abs(off), LIMITS.off),
        fault: `the baseline was not loaded as planned: ${ran} instead of ${formatPercent(planned * 100)}, limit ${formatPercent(limit)}`,
      });
    }
    return examined;
  },
};

function percent(title: string, value: number, most: number): Reading {
  return { title, value, unit: 'percent', limit: atMost(most) };
}
