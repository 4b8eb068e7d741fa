import { isCaptured, type RunRecord } from '../../record/pure.js';
import { atPace } from '../measure-more.js';
import { sideOf } from '../pair.js';
import { below, type RunCheck } from './check.js';

/** A thread that is full sends late, and sees answers late. k6 tells the CPU of all its threads only: one that matters. */
const BUSY = below(85);
const CORES = below(0.9);

const CURE_OF_CAPTURED =
  'Play the trace slower with --speed: as it is, the generator was measured, not the database.';

/** What a slower load makes a generator use of its limit. */
const AIM = 0.8;

export const generatorCpu: RunCheck = {
  of: 'run',
  subject: 'machine',
  title: 'The generator had CPU to spare',
  cure: 'Measure at a lower rate: as it is, the generator was measured, not the database. With less CPU for the nodes (--node-cpus, if the bench starts them), a lower rate keeps them as busy.',
  again: (pairs) => {
    const used = [...sideOf(pairs, 'baseline'), ...sideOf(pairs, 'split')].map(shareOfLimit);
    return atPace(pairs, AIM / Math.max(...used));
  },
  words: { fails: 'the generator was the limit' },
  examine(run) {
    const { generatorBusy, generatorCores } = run.processes;
    const cure = isCaptured(run) ? { cure: CURE_OF_CAPTURED } : {};
    if (generatorBusy === null) {
      return [{ title: 'CPU of the generator', value: generatorCores, unit: 'cores', limit: CORES, ...cure }];
    }
    const value = 100 * generatorBusy;
    return [{ title: 'Time that its busiest thread had work', value, unit: 'percent', limit: BUSY, ...cure }];
  },
};

function shareOfLimit({ processes: { generatorBusy, generatorCores } }: RunRecord): number {
  return generatorBusy === null ? (generatorCores ?? 0) / CORES.value : (100 * generatorBusy) / BUSY.value;
}
