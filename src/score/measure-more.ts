import {
  hasOwnPace,
  isApplication,
  isCaptured,
  isSmartmenu,
  LOADS,
  LONGEST_RUN_S,
  MOST_RATE,
  MOST_SPEED,
  USUAL_PAIRS,
} from '../record/pure.js';
import type { Pair } from './pair.js';
import { LEAST_PAIRS } from './statistics/counts.js';

/** What is wanted of a measurement, beside that it is of the same work. */
export interface Wanted {
  /** How many, in all; default: as many as the command makes by itself. */
  pairs?: number;
  /** Whether each pair gets a control; those that had one get one again. */
  control?: boolean;
  /** In requests per second, or `auto` for one that is found anew. */
  rate?: 'auto' | number;
  /** What a rate is found for, as a share of the primary's CPU budget; default: what that of the plan was found for. */
  utilisation?: number;
  durationS?: number;
  warmupS?: number;
  /** Of a captured trace. */
  speed?: number;
  /** Whether each pair gets traffic of its own. */
  seeds?: boolean;
  /** Baselines against baselines. */
  aa?: boolean;
}

/** What pairs that tell too little, or nothing, ask for; null where no command of the bench gives it. */
export type Remedy = (pairs: readonly Pair[]) => Wanted | null;

/**
 * The command that measures more of the same.
 * @param again the command without what is asked for here; default: `bench trials`
 */
export function measureMore(
  again: string | undefined,
  pairs: readonly Pair[],
  { pairs: count, control, rate, utilisation, durationS, warmupS, speed, seeds, aa }: Wanted,
): string {
  const command = again ?? 'bench trials';
  const controlled = !aa && (control || pairs.some((pair) => pair.control));
  const flags = [
    rate !== undefined && `--rate ${rate}`,
    utilisation !== undefined && `--utilisation ${Math.round(100 * utilisation)}%`,
    speed !== undefined && `--speed ${speed}`,
    warmupS !== undefined && `--warmup ${inUnits(warmupS)}`,
    durationS !== undefined && `--duration ${inUnits(durationS)}`,
    seeds && !command.includes(' --seeds') && '--seeds',
    aa && '--aa',
    count !== undefined && `--pairs ${count}`,
    controlled && '--control',
  ];
  return [command, ...flags.filter(Boolean)].join(' ');
}

function inUnits(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

/** The same, in as many pairs as there were if those are enough for a verdict, else in as many as the command makes by itself. */
export const same: Remedy = ({ length }) => (length < LEAST_PAIRS ? {} : { pairs: length });

/** Where what has to be done leaves it open what is to be run then, or makes it another workload. */
export const nothing: Remedy = () => null;

/** The same at a rate that is found anew; null where no rate is searched for. */
export const rateAnew: Remedy = (pairs) => {
  const { baseline } = pairs[0]!;
  return isCaptured(baseline) || isApplication(baseline) ? null : { ...same(pairs), rate: 'auto' };
};

/**
 * The same so fast that the primary alone is as busy as it should be.
 * @param used how busy it was, and `aim` how busy it should be, as shares of its CPU
 */
export function atLoad(pairs: readonly Pair[], { used, aim }: { used: number; aim: number }): Wanted | null {
  const found = rateAnew(pairs);
  if (found === null) return atPace(pairs, aim / used);
  // One that was found for a load on the wrong side of this would be found for that again.
  const { targetUtilisation } = pairs[0]!.baseline.plan.load;
  const wrong =
    targetUtilisation !== null && (used < aim ? targetUtilisation < aim : targetUtilisation > aim);
  return { ...found, ...(wrong && { utilisation: aim }) };
}

/** The same so many times as fast; null where nothing can be told to, or that fast. A rate that is found is found for as much less. */
export function atPace(pairs: readonly Pair[], factor: number): Wanted | null {
  const { baseline } = pairs[0]!;
  const { ratePerSecond, targetUtilisation, speed } = baseline.plan.load;
  if (targetUtilisation !== null) {
    const utilisation = targetUtilisation * factor;
    const { least, most } = LOADS;
    return utilisation >= least && utilisation <= most ? { ...same(pairs), rate: 'auto', utilisation } : null;
  }
  const [pace, most] = isCaptured(baseline) ? [speed, MOST_SPEED] : [ratePerSecond ?? 0, MOST_RATE];
  // Two digits are enough to aim with.
  const value = Number((pace * factor).toPrecision(2));
  if (!(value > 0 && value <= most)) return null;
  return { ...same(pairs), ...(isCaptured(baseline) ? { speed: value } : { rate: value }) };
}

/** How much more is asked for than is needed, since counts vary. */
const ROOM = 1.3;

/** Windows end with a time block, and are asked for in round figures. */
const STEP_S = 30;

/** The same for so many times as long, at least; null where the workload itself says how long it lasts. */
export function longer(pairs: readonly Pair[], factor: number): Wanted | null {
  const { baseline } = pairs[0]!;
  if (isCaptured(baseline) || hasOwnPace(baseline)) return null;
  const wanted = same(pairs);
  if (factor * ROOM <= 1) return wanted;
  const durationS = STEP_S * Math.ceil((baseline.plan.load.durationS * factor * ROOM) / STEP_S);
  return durationS <= LONGEST_RUN_S ? { ...wanted, durationS } : null;
}

/**
 * The same until so many different requests of a kind were answered, of which each run answered some.
 * Where traffic is generated, each pair can have its own.
 */
export function withRequests(pairs: readonly Pair[], least: number, each: number): Wanted | null {
  if (!isSmartmenu(pairs[0]!.baseline)) return longer(pairs, least / each);
  const count = same(pairs)?.pairs ?? USUAL_PAIRS;
  const wanted = longer(pairs, least / (each * count));
  return wanted && { ...wanted, seeds: true };
}
