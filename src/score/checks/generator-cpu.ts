import type { RunRecord } from '../../record/pure.js';
import { atPace } from '../measure-more.js';
import { sideOf } from '../pair.js';
import { below, type RunCheck } from './check.js';

/** A thread that is full sends late, and sees answers late. k6 tells the CPU of all its threads only: one that matters. */
const BUSY = below(85);
const CORES = below(0.9);

/** What a slower load makes a generator use of its limit. */
const AIM = 0.8;

export const generatorCpu: RunCheck = {
  of: 'run',
  subject: 'machine',
  title: 'The generator had CPU to spare',
  cure: 'Measure at a lower rate, or play a captured trace slower: as it is, the generator was measured, not the database. With less CPU for the nodes (--node-cpus), a lower rate keeps them as busy.',
  again: (pairs) => {
    const used = [...sideOf(pairs, 'baseline'), ...sideOf(pairs, 'split')].map(shareOfLimit);
    return atPace(pairs, AIM / Math.max(...used));
  },
  words: { fails: 'the generator was the limit' },
  examine({ processes: { generatorBusy, generatorCores } }) {
    if (generatorBusy === null) {
      return [{ title: 'CPU of the generator', value: generatorCores, unit: 'cores', limit: CORES }];
    }
    const value = 100 * generatorBusy;
    return [{ title: 'Time that its busiest thread had work', value, unit: 'percent', limit: BUSY }];
  },
};

function shareOfLimit({ processes: { generatorBusy, generatorCores } }: RunRecord): number {
  return generatorBusy === null ? (generatorCores ?? 0) / CORES.value : (100 * generatorBusy) / BUSY.value;
}
