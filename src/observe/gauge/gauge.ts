import { Worker } from 'node:worker_threads';
import { builtPath } from '../../machine/index.js';
import { BenchError, epochMs, meanOf, messageOf } from '../../machine/pure.js';
import type { GaugeObservation } from '../../record/pure.js';
import type { Observer, TimeWindow } from '../observer.js';
import { isWithin, longestGapMs, sinceStart } from '../summary.js';
import type { GaugeMessage } from './messages.js';

/**
 * Watches how fast the machine is: what a unit of fixed work costs, twice a second. It knows nothing of what is measured, so
 * that what it finds different between two runs is the machine's doing.
 */
export const gauge: Observer<GaugeObservation> = {
  async start() {
    const worker = new Worker(builtPath('observe/gauge/thread.js'));
    const tMs: number[] = [];
    const unitMs: number[] = [];
    const method = await new Promise<GaugeObservation['method']>((resolve, reject) => {
      const fail = (words: string) =>
        reject(
          new BenchError('GAUGE_FAILED', `The gauge of the machine's speed failed: ${words}`, {
            exitCode: 4,
          }),
        );
      worker.once('error', (error) => fail(messageOf(error)));
      worker.once('exit', (code) => fail(`it ended with ${code}.`));
      worker.on('message', (message: GaugeMessage) => {
        if (message.type === 'ready') return resolve(message.method);
        tMs.push(epochMs());
        unitMs.push(message.ms);
      });
    });
    return {
      stop: async () => void (await worker.terminate()),
      result: (window) => observation(method, { tMs, unitMs }, window),
    };
  },
};

/** Of wall-clock times those count in which the thread kept its core, or nearly: the rest say who else wanted it. */
const FASTEST = 0.25;

/** @param units when each was done, in ms since the epoch, and what it took */
export function observation(
  method: GaugeObservation['method'],
  units: { tMs: readonly number[]; unitMs: readonly number[] },
  window: TimeWindow,
): GaugeObservation {
  const within = units.unitMs.filter((_, i) => isWithin(units.tMs[i]!, window));
  const counted =
    method === 'thread-cpu'
      ? within
      : within.sort((a, b) => a - b).slice(0, Math.ceil(within.length * FASTEST));
  return {
    method,
    unitMs: counted.length > 0 ? meanOf(counted) : null,
    longestGapMs: longestGapMs(units.tMs, window),
    series: {
      tMs: sinceStart(units.tMs, window),
      unitMs: units.unitMs.map((ms) => Math.round(ms * 1e4) / 1e4),
    },
  };
}
