import { percentileMs } from '../../record/histogram.js';
import { isCaptured } from '../../record/pure.js';
import { oneReading, type RunCheck } from './check.js';

/** How late the generator itself may send, at p99. A captured trace has bursts that no generator sends on time. */
const MOST_MS = { generated: 5, captured: 20 };

export const generatorLateness: RunCheck = {
  of: 'run',
  spoils: 'baseline',
  title: 'The generator sent on time',
  cure: 'Close other programs, lower the rate with --rate, or give the nodes less CPU with --node-cpus, so that the generator has a core for itself.',
  words: { fails: 'the generator sent late' },
  look: (run) =>
    oneReading(
      {
        title: 'Lateness of the generator, p99',
        value: percentileMs(run.load.window.lateness, 0.99),
        unit: 'ms',
        limit: { op: '<', value: MOST_MS[isCaptured(run) ? 'captured' : 'generated'] },
      },
      'p99 ',
    ),
};
