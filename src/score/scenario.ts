import { formatCount } from '../machine/pure.js';
import { hasOwnPace, type RunRecord } from '../record/pure.js';
import { type Pair, runsOf } from './pair.js';

/** What a reader should know of runs that a scenario of the user's own drove, in sentences; none of other runs. */
export function scenarioNotes(pairs: readonly Pair[]): string[] {
  const [{ baseline }] = pairs as [Pair];
  const crossed = new Set(
    pairs.flatMap((pair) =>
      runsOf(pair).flatMap(({ side, run }) => crossedThresholds(run).map((each) => `${each} in the ${side}`)),
    ),
  );
  const thresholds = crossed.size > 0 ? [`${CROSSED}: ${[...crossed].join('; ')}.`] : [];
  return hasOwnPace(baseline) ? [ownPaceInWords(baseline), ...thresholds] : thresholds;
}

/** The same of one run. */
export function scenarioNotesOfRun(run: RunRecord): string[] {
  const crossed = crossedThresholds(run);
  return [
    ...(hasOwnPace(run) ? [ownPaceInWords(run)] : []),
    ...(crossed.length > 0 ? [`${CROSSED}: ${crossed.join('; ')}.`] : []),
  ];
}

const CROSSED = 'Thresholds of the scenario were crossed';

function crossedThresholds({ load: { scenario } }: RunRecord): string[] {
  return (scenario?.thresholds ?? [])
    .filter(({ ok }) => !ok)
    .map(({ metric, threshold }) => `${metric} ${threshold}`);
}

function ownPaceInWords({ plan }: RunRecord): string {
  const executors = Object.entries(plan.load.executors ?? {});
  const named = executors.map(([name, executor]) => `${name}, ${executor}`).join('; ');
  return `Closed model: ${executors.length === 1 ? 'an executor' : `${formatCount(executors.length)} executors`} of the scenario’s own (${named}) started its iterations, so a slower side got less to do. Figures are for each answer, and waiting before a request is not in its latency: --rate measures on a schedule.`;
}
