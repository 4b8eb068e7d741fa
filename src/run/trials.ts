import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { benchVersion, leadsInto } from '../machine/index.js';
import { BenchError, meanOf, random } from '../machine/pure.js';
import { type Errand, type WorkSpec, workFromPlan } from '../plan/index.js';
import {
  followCommand,
  followsTrials,
  inNewFolder,
  newRunId,
  readRun,
  readTrials,
  writeTrials,
} from '../record/index.js';
import {
  type PairSide,
  type PlannedLoad,
  type RunRecord,
  type Side,
  type StoredRun,
  type StoredTrials,
  sidesOfTrials,
  TRIALS_FILE,
  TRIALS_SCHEMA,
  type TrialPair,
  type Trials,
  trafficSeedOf,
} from '../record/pure.js';
import { holdFolder } from './hold.js';
import { refuseUnmet } from './prepare.js';
import type { Following } from './progress.js';
import { checkWritable, makePlan, runBench } from './run.js';

/** Trials to be made; their folder goes into `out`. */
export interface TrialsRequest extends Following, Errand {
  pairs: number;
  /** Whether both sides are the baseline. */
  aa: boolean;
  /** Whether each pair has a control beside it. */
  control: boolean;
  /** Whether each pair has traffic of its own. */
  seeds: boolean;
}

/**
 * Makes the plan of new trials, finding its rate once where that is asked for, draws the order of their runs, and writes
 * both down.
 * @throws BenchError for bad input, for what the machine lacks, and (exit code 130) if interrupted
 */
export async function startTrials(request: TrialsRequest): Promise<StoredTrials> {
  const { pairs: planned, aa, control, seeds, work, out, ...following } = request;
  await checkWritable(out);
  const startedAt = new Date().toISOString();
  const { plan, planHash, rateSearch } = await makePlan(work, following, sidesOfTrials(request));
  if (seeds && plan.workload.seed === null) {
    throw new BenchError(
      'OPTION_CONFLICT',
      'A captured trace is what was captured: each pair replays the same one. Leave --seeds out.',
    );
  }
  const orderSeed = randomInt(2 ** 32);
  return inNewFolder(out, newRunId('trials', new Date()), async (folder, id) => {
    const trials: Trials = {
      schema: TRIALS_SCHEMA,
      ...{ id, benchVersion, startedAt, plan, planHash, rateSearch, aa, control, seeds, orderSeed, planned },
      pairs: [],
    };
    addPairs(trials, planned);
    const stored = { folder, trials };
    await writeTrials(stored);
    return stored;
  });
}

/** Adds pairs up to this many. The orders drawn for the first ones don't depend on how many follow. */
function addPairs(trials: Trials, length: number): void {
  const sides = sidesOfTrials(trials);
  const orders = drawOrder(trials.orderSeed, length, sides).slice(trials.pairs.length);
  const none = () => Object.fromEntries(sides.map((side) => [side, null])) as TrialPair['runs'];
  trials.pairs.push(...orders.map((order) => ({ order, runs: none() })));
}

/**
 * The order of the sides in each pair: of as many pairs as there are sides, each side runs once in each place, drawn how
 * (permuted blocks; of three sides Latin squares), so that a few pairs can't all have the same. The same seed gives the same
 * order on any machine.
 */
export function drawOrder(seed: number, pairs: number, sides: readonly Side[]): Side[][] {
  const { next } = random(seed, 0, 0);
  const orders: Side[][] = [];
  while (orders.length < pairs) {
    const left = [...sides];
    const first: Side[] = [];
    while (left.length > 0) first.push(...left.splice(Math.floor(next() * left.length), 1));
    const turn = next() < 0.5 ? 1 : sides.length - 1;
    for (let at = 0; at < sides.length; at++) {
      orders.push(sides.map((_, place) => first[(place + at * turn) % sides.length]!));
    }
  }
  return orders.slice(0, pairs);
}

/**
 * Takes up trials where they ended: what is measured stays, and a run that was finished but not yet noted when the
 * bench was killed is noted now.
 * @throws BenchError TRIALS_CHANGED or PLAN_UNMET where its other runs could not be compared with those that it has, or
 *   IN_USE if another bench is at it
 */
export async function resumeTrials(path: string): Promise<StoredTrials> {
  const stored = await readTrials(path);
  const { folder, trials } = stored;
  if (trials.benchVersion !== benchVersion) {
    throw new BenchError(
      'TRIALS_CHANGED',
      `The trials in ${folder} were begun with version ${trials.benchVersion} of the bench, and this is ${benchVersion}: go on with that one, or begin new ones with "${followCommand('trials', { file: join(folder, TRIALS_FILE), plan: trials.plan })}".`,
    );
  }
  refuseUnmet(trials.plan);
  using _held = holdFolder(folder);
  for (const { runs } of trials.pairs) {
    for (const side of sidesOfTrials(trials)) {
      const path = runs[side] ?? null;
      if (path === null || !existsSync(join(folder, path))) runs[side] = null;
    }
  }
  const [next] = missingRuns(trials);
  const finished = next && (await unnotedRun(stored, trials.aa ? 'baseline' : next.side, next.number));
  if (finished) {
    next.pair.runs[next.side] = pathIn(folder, finished.file);
    await writeTrials(stored);
  }
  return stored;
}

/** A run of the trials' plan in their folder that no pair names yet; null if there is none. */
async function unnotedRun(
  { folder, trials }: StoredTrials,
  side: Side,
  pair: number,
): Promise<StoredRun | null> {
  const noted = new Set(trials.pairs.flatMap(({ runs }) => Object.values(runs)));
  for (const name of (await readdir(folder)).sort()) {
    if (!(await leadsInto(folder, name))) continue;
    const run = await readRun(join(folder, name)).catch(() => null);
    if (!run || noted.has(pathIn(folder, run.file))) continue;
    if (run.record.side === side && followsTrials(run.record, trials, pair)) return run;
  }
  return null;
}

/** A run of the trials that has just been made. */
export interface TrialRun extends StoredRun {
  /** From 1. */
  pair: number;
  /** What a reader calls it. */
  side: string;
}

/** The runs of a pair that have been made. */
type MadePair = Partial<Record<Side, RunRecord>>;

export interface TrialsFollowing extends Following, Partial<Pick<WorkSpec, 'allowWritesTo'>> {
  /** Why a pair says nothing; null if it says something. */
  whySetAside: (pair: MadePair & Record<PairSide, RunRecord>) => string | null;
  onRun?: (run: TrialRun) => void;
  /** Told of a pair (from 1) that says nothing, and why. */
  onSetAside?: (setAside: { pair: number; reason: string }) => void;
  /** By when a pair that is made in place of another has to have ended, in ms since 1970; those asked for are made anyway. */
  againUntilMs?: number;
}

/**
 * Makes the runs that the trials lack, in their order, and notes each as soon as it is written. For each pair that says
 * nothing another is made, as long as fewer do than were asked for.
 * @throws BenchError as runBench, or IN_USE if another bench is at it; what was made before it stays
 */
export async function runTrials(stored: StoredTrials, about: TrialsFollowing): Promise<void> {
  const { folder, trials } = stored;
  using _held = holdFolder(folder);
  const { signal, onProgress, onWarning, onRun, againUntilMs = Number.POSITIVE_INFINITY } = about;
  const sides = sidesOfTrials(trials);
  const made = await recordsOf(stored);
  const spentS = made.flatMap((pair) => Object.values(pair)).map(secondsOf);
  const firstRunS = runSeconds(trials.plan.load);
  let aside = 0;
  const judge = (number: number) => {
    const pair = made[number - 1] ?? {};
    const { baseline, split } = pair;
    if (!baseline || !split || sides.some((side) => !pair[side])) return;
    const reason = about.whySetAside({ ...pair, baseline, split });
    if (reason === null) return;
    aside++;
    about.onSetAside?.({ pair: number, reason });
  };
  for (const index of made.keys()) judge(index + 1);
  for (;;) {
    const aRunS = meanOf(spentS) || firstRunS;
    // Where not one of those asked for says anything, more of them won't.
    const wanted = trials.planned + (aside < trials.planned ? aside : 0);
    while (trials.pairs.length < wanted) {
      const runs = missingRuns(trials).length + sides.length;
      if (Date.now() + runs * aRunS * 1000 > againUntilMs) break;
      addPairs(trials, trials.pairs.length + 1);
    }
    const [next, ...later] = missingRuns(trials);
    if (!next) return;
    const { pair, number, side } = next;
    const name = trials.aa ? `${side === 'baseline' ? 'first' : 'second'} baseline` : side;
    const beganMs = performance.now();
    const run = await runBench({
      side: trials.aa ? 'baseline' : side,
      work: await workFromPlan(trials.plan, {
        trafficSeed: trafficSeedOf(trials, number),
        allowWritesTo: about.allowWritesTo,
      }),
      out: folder,
      signal,
      onWarning,
      onProgress: (progress) =>
        onProgress({
          ...progress,
          phase: `pair ${number} of ${trials.pairs.length}, ${name}: ${progress.phase}`,
          etaS: (progress.etaS ?? aRunS) + later.length * aRunS,
        }),
    });
    pair.runs[side] = pathIn(folder, run.file);
    await writeTrials(stored);
    made[number - 1] = { ...made[number - 1], [side]: run.record };
    spentS.push((performance.now() - beganMs) / 1000);
    onRun?.({ pair: number, side: name, ...run });
    judge(number);
  }
}

/** About how long a run takes whose plan has been made. */
export function runSeconds({ warmupS, durationS }: Pick<PlannedLoad, 'warmupS' | 'durationS'>): number {
  return SET_UP_S + warmupS + durationS;
}

/** Starting the servers, and rehearsing. */
const SET_UP_S = 8;

/** The runs still to be made, in order; pairs are numbered from 1. */
export function missingRuns({ pairs }: Trials): { pair: TrialPair; number: number; side: Side }[] {
  return pairs.flatMap((pair, index) =>
    pair.order.filter((side) => !pair.runs[side]).map((side) => ({ pair, number: index + 1, side })),
  );
}

async function recordsOf({ folder, trials }: StoredTrials): Promise<MadePair[]> {
  return Promise.all(
    trials.pairs.map(async ({ order, runs }) => {
      const made: MadePair = {};
      for (const side of order) {
        const path = runs[side];
        if (path) made[side] = (await readRun(join(folder, path))).record;
      }
      return made;
    }),
  );
}

/** A record begins with the load, when the servers are up. */
function secondsOf({ startedAt, finishedAt }: RunRecord): number {
  return SET_UP_S + (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
}

/** With slashes on every system, so that the trials' folder can be taken elsewhere. */
function pathIn(folder: string, file: string): string {
  return relative(folder, file).split(sep).join('/');
}
