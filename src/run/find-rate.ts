import os from 'node:os';
import { requireCapability } from '../cluster/index.js';
import { limitOf } from '../load/index.js';
import { BenchError, epochMs, formatCores, formatPercent, formatSeconds } from '../machine/pure.js';
import { quantile, startWatch } from '../observe/index.js';
import { nodeOf, type RateSearch, type RateStep } from '../record/pure.js';
import { readTrace, type TraceEvent, writeTrace } from '../workload/index.js';
import { refuseHeldUp, requireSeen } from './held-up.js';
import { othersCores } from './others-cores.js';
import type { Prepared } from './prepare.js';
import type { RunContext } from './progress.js';
import { onStage, REQUEST_TIMEOUT_MS, type Stage } from './stage.js';

/**
 * Each step plays so long; its first second or two are not counted, for sessions and connections are new then. The
 * later ones decide. At one rate on a virtual machine, CPU per request was seen to differ by 7 % (standard deviation)
 * from 10 s to 10 s, so they are as long as patience allows.
 */
const STEPS = [
  { seconds: 4, skipS: 1 },
  { seconds: 7, skipS: 2 },
  { seconds: 12, skipS: 2 },
  { seconds: 12, skipS: 2 },
  { seconds: 12, skipS: 2 },
];
/** Far below what a core can do, and enough for the CPU to be seen. */
const FIRST_RATE_PER_CORE = 500;
const LEAST_FIRST_RATE = 20;
/** Of what is aimed at after the first step, which only finds the region: a saturated step would teach nothing. */
const SECOND_AIM = 0.85;
/** Of a trace at the first rate: more than a rehearsal sends, so that it is as long as the run's. */
const REHEARSED_S = 40;
/** From this share of the utilisation that was aimed at, what else is nearly used up is no hindrance. */
const NEAR = 0.9;
/** A step so close to the target counts when the rate is settled. */
const NEAR_TARGET = 0.12;
/** Above this utilisation the budget is used up and more load would not show. */
const SATURATED = 0.97;
/** What is tried of a rate that saturated the primary, where no lower one is known. */
const BACK_OFF = 0.7;
/** Of the mean cost of a request, at least this is taken for what one more costs, lest noise leads far up. */
const LEAST_SLOPE = 0.6;
/** No answer comes so long after a step in which the primary had CPU to spare. */
const BEHIND_S = 3;
/** No step goes further up or down than this many times. */
const LONGEST_STEP = 6;

/**
 * Finds the rate at which the primary alone uses the share of its CPU budget that the work asks for: a few short steps,
 * each closer, on a copy of the data set that is thrown away, so that the measured run starts from the same bytes as every other.
 * CPU per request is not constant (idle cores cost more), so the last three steps are played near the target itself, and
 * the rate is what they say. The primary is watched as it will be in the run.
 * @throws BenchError (exit code 4) if something else is used up before the primary is that busy, no CPU use was seen,
 *   nobody read it for over a second, or the bench was held up meanwhile
 */
export async function findRate(prepared: Prepared, context: RunContext): Promise<RateSearch> {
  const request = { ...context, id: `${context.id}-rate`, side: 'baseline' } as const;
  tell(context, 'starting a primary');
  return onStage(prepared, request, (stage) => searchOn(stage, prepared, request));
}

function tell({ onProgress }: RunContext, detail: string): void {
  onProgress({ phase: 'finding the rate', etaS: null, detail });
}

async function searchOn(stage: Stage, prepared: Prepared, context: RunContext): Promise<RateSearch> {
  const { driver, topology } = prepared;
  const targetUtilisation = prepared.spec.utilisation;
  const primaryCpus = nodeOf(topology, 'primary')!.cpus ?? os.availableParallelism();
  const firstRate = Math.max(LEAST_FIRST_RATE, Math.round(FIRST_RATE_PER_CORE * primaryCpus));
  const traceTo = async (seconds: number) => (await prepared.trace(firstRate, seconds)).file;
  const steps: RateStep[] = [];
  requireCapability(stage.cluster, 'cpu', 'The search for a rate', 'give a rate with --rate N');
  await stage.rehearse(await traceTo(REHEARSED_S));
  await using watch = await startWatch(stage);

  let rate = firstRate;
  let playedS = 0;
  for (const [index, { seconds, skipS }] of STEPS.entries()) {
    tell(context, `step ${index + 1} of ${STEPS.length}: ${rate}/s`);
    const speed = rate / firstRate;
    const fromS = playedS;
    playedS += seconds * speed;
    const traceFile = await cutPiece(await traceTo(playedS), fromS);
    const result = await driver.play({
      traceFile,
      target: stage.target,
      window: { startUs: skipS * 1e6, endUs: seconds * 1e6, blockUs: seconds * 1e6 },
      speed,
      timeoutMs: REQUEST_TIMEOUT_MS,
      signal: stage.signal,
      runId: context.id,
    });
    const { zeroEpochMs } = result;
    // Of the whole step: what stood still with the bench in its first seconds makes up for it in those that count.
    refuseHeldUp(watch.result({ startMs: zeroEpochMs, endMs: epochMs() }), 'The search for a rate');
    const seen = watch.result({ startMs: zeroEpochMs + skipS * 1000, endMs: zeroEpochMs + seconds * 1000 });
    const primary = nodeOf(seen, 'primary')!;
    const utilisation = requireSeen(primary.utilisation, 'the primary');
    steps.push({ ratePerSecond: rate, utilisation, seconds: seconds - skipS });
    refuseOtherLimit(rate, targetUtilisation, {
      primaryUtilisation: utilisation,
      primaryCores: requireSeen(primary.cpuSeconds, 'the primary') / (seconds - skipS),
      serviceCores: seen.machine.serviceCores ?? 0,
      generatorCores: result.generatorCores ?? 0,
      behindS: result.playedSeconds - seconds,
      othersCores: othersCores(seen, result, seconds - skipS, topology),
    });
    rate = nextRate(steps, index === 0 ? SECOND_AIM * targetUtilisation : targetUtilisation);
  }
  if (steps.every(({ utilisation }) => !(utilisation > 0))) {
    throw new BenchError(
      'RATE_NOT_FOUND',
      'The search for a rate saw no CPU use on the primary: give a rate with --rate N.',
      { exitCode: 4 },
    );
  }
  return { steps, targetUtilisation, ratePerSecond: settledRate(steps, targetUtilisation) };
}

/**
 * Where the service, the generator or the machine gives in first, a higher rate would not load the primary more. Where other
 * programs take the CPU, nothing of the bench's own is used up, but answers stay behind their requests: the rates tried next
 * would be many times what the primary can do.
 * @param step of which the primary's utilisation came of `rate` requests per second; how long after its end the last answer
 *   came, and what other programs used (null: nobody counted)
 * @throws BenchError RATE_NOT_FOUND
 */
export function refuseOtherLimit(
  rate: number,
  targetUtilisation: number,
  step: Parameters<typeof limitOf>[0] & { behindS: number; othersCores: number | null },
): void {
  const known = limitOf(step, os.availableParallelism());
  const { primaryUtilisation, behindS } = step;
  const limit = known === 'none' && behindS > BEHIND_S ? 'others' : known;
  if (limit === 'none' || limit === 'primary' || primaryUtilisation >= NEAR * targetUtilisation) return;
  const others =
    step.othersCores === null ? '' : ` while other programs used ${formatCores(step.othersCores)}`;
  const usedUp = {
    service: `the service used ${formatCores(step.serviceCores)}, which is all that one process can`,
    generator: `the generator used ${formatCores(step.generatorCores)}, which is all that it can`,
    machine: 'the CPU of the whole machine was used up',
    others: `the last answer came ${formatSeconds(behindS)} late${others}`,
  }[limit];
  throw new BenchError(
    'RATE_NOT_FOUND',
    `No rate loads the primary to ${formatPercent(targetUtilisation * 100)} of its CPU here: at ${rate}/s ${usedUp}, and the primary was at ${formatPercent(primaryUtilisation * 100)}. ${limit === 'others' ? 'Close other programs, give' : 'Give'} the nodes less CPU (--node-cpus, if the bench starts them), or aim at less with --utilisation.`,
    { exitCode: 4 },
  );
}

/**
 * What a trace holds from a time on, as a trace of its own beside it, whose path is returned. The steps play one trace at different speeds,
 * piece after piece: with one trace each they would place some orders a second time, which fails, and costs less.
 */
export async function cutPiece(traceFile: string, fromS: number): Promise<string> {
  const piece = `${traceFile}-piece`;
  const fromUs = Math.round(fromS * 1e6);
  const { header, events } = await readTrace(traceFile);
  async function* rest(): AsyncGenerator<TraceEvent> {
    for await (const event of events) {
      if (event.dueUs >= fromUs) yield { ...event, dueUs: event.dueUs - fromUs };
    }
  }
  await writeTrace(piece, header, rest());
  return piece;
}

/**
 * The rate to try next for a utilisation of `aim`. A request costs less CPU the busier the server is, so utilisation grows
 * more slowly than the rate: the line through the last two steps is followed, within bounds that keep a noisy step from leading
 * far off. A saturated step only says that the rate lies below it: between it and the last step that was not.
 */
export function nextRate(steps: RateStep[], aim: number): number {
  const { ratePerSecond, utilisation } = steps.at(-1)!;
  if (utilisation > SATURATED) {
    const below = steps.filter((step) => step.utilisation < aim && step.ratePerSecond < ratePerSecond).at(-1);
    if (!below) return bounded(BACK_OFF * ratePerSecond, ratePerSecond);
    const share = (aim - below.utilisation) / (utilisation - below.utilisation);
    return bounded(below.ratePerSecond + share * (ratePerSecond - below.ratePerSecond), ratePerSecond);
  }
  const perRequest = utilisation / ratePerSecond;
  const before = steps.at(-2);
  const secant = before
    ? (utilisation - before.utilisation) / (ratePerSecond - before.ratePerSecond)
    : Number.NaN;
  const slope = Number.isFinite(secant)
    ? Math.min(perRequest, Math.max(LEAST_SLOPE * perRequest, secant))
    : perRequest;
  return bounded(ratePerSecond + (aim - utilisation) / slope, ratePerSecond);
}

/**
 * The rate for a utilisation of `target`: each step that came near it, corrected by what it was off (a saturated one by what it
 * was off at least), and of these the lower quartile. One of them may have been a slow moment of the machine; and of the two
 * ways to be wrong the lower is better: a baseline that is some points less busy answers its question, an overloaded one none.
 */
export function settledRate(steps: RateStep[], target: number): number {
  const near = steps.filter(({ utilisation }) => Math.abs(utilisation - target) <= NEAR_TARGET);
  if (near.length === 0) return nextRate(steps, target);
  const rates = near
    .map(({ ratePerSecond, utilisation }) => ratePerSecond * (target / utilisation))
    .sort((a, b) => a - b);
  return Math.max(1, Math.round(quantile(rates, 0.25)));
}

function bounded(rate: number, from: number): number {
  return Math.max(1, Math.round(Math.min(LONGEST_STEP * from, Math.max(from / LONGEST_STEP, rate))));
}
