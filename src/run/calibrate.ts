import { registerChild } from '../cluster/remains.js';
import { BenchError } from '../errors.js';
import { observeNodes } from '../observe/nodes.js';
import type { Prepared } from './prepare.js';
import type { OnProgress } from './progress.js';
import type { RunRecord } from './record.js';
import { startStage } from './stage.js';

export type Calibration = NonNullable<RunRecord['calibration']>;

/** Each step plays so long, of which the first part is not counted: caches and connections are cold. */
const STEPS = [
  { seconds: 6, skipS: 3 },
  { seconds: 8, skipS: 2 },
  { seconds: 11, skipS: 2 },
];
const FIRST_RATE_PER_CORE = 400;
/** Above this the budget is used up and more load would not show. */
const SATURATED = 0.97;

/**
 * Finds the rate at which the primary alone uses `targetLoad` of its CPU budget: a few short steps, each closer, on a
 * copy of the data set that is thrown away, so that the measured run starts from the same bytes as every other.
 * CPU per request is not constant (idle cores cost more), so the last step is played near the target itself and the
 * rate corrected from there in proportion.
 */
export async function calibrate(
  prepared: Prepared,
  { id, signal, onProgress }: { id: string; signal: AbortSignal; onProgress: OnProgress },
): Promise<Calibration> {
  const { targetLoad, driver } = prepared;
  const steps: Calibration['steps'] = [];
  onProgress({ phase: 'calibrating the rate', etaS: null, detail: 'starting a primary' });
  await using stage = await startStage({
    id: `${id}-calibration`,
    topology: 'baseline',
    prepared,
    policy: prepared.policy,
    kind: 'http',
    signal,
  });
  let rate = Math.max(20, Math.round(FIRST_RATE_PER_CORE * prepared.cluster.nodeCpus));
  for (const [index, { seconds, skipS }] of STEPS.entries()) {
    onProgress({
      phase: 'calibrating the rate',
      etaS: null,
      detail: `step ${index + 1} of ${STEPS.length}: ${rate}/s`,
    });
    await using observer = observeNodes([stage.cluster.primary]);
    await observer.start();
    const result = await driver.play({
      traceFile: await prepared.traceAt(rate, seconds),
      target: stage.target,
      windowStartUs: skipS * 1e6,
      windowEndUs: seconds * 1e6,
      blockUs: seconds * 1e6,
      speed: 1,
      timeoutMs: 10_000,
      signal,
      onChild: (pid) => registerChild(`${id}-calibration`, pid),
    });
    await observer.stop();
    const window = { startMs: result.zeroEpochMs + skipS * 1000, endMs: result.zeroEpochMs + seconds * 1000 };
    const load = observer.result(window)[0]!.utilisation;
    steps.push({ ratePerSecond: rate, load, seconds: seconds - skipS });
    // The first steps aim a little under the target: a saturated step teaches nothing.
    const aim = index < STEPS.length - 2 ? targetLoad * 0.85 : targetLoad;
    const next = load > SATURATED ? rate * 0.7 : rate * Math.min(6, aim / load);
    rate = Math.max(1, Math.round(next));
  }
  const failed = steps.every((step) => !(step.load > 0));
  if (failed)
    throw new BenchError(
      'CALIBRATION_FAILED',
      'The calibration saw no CPU use on the primary: give a rate with --rate N.',
      { exitCode: 1 },
    );
  return { steps, targetLoad, ratePerSecond: rate };
}
