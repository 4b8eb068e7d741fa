import { below, type RunCheck } from './check.js';

/** A thread that is full sends late, and sees answers late. k6 tells the CPU of all its threads only: one that matters. */
const BUSY = below(85);
const CORES = below(0.9);

export const generatorCpu: RunCheck = {
  of: 'run',
  subject: 'machine',
  title: 'The generator had CPU to spare',
  cure: 'Lower the rate with --rate, or play a captured trace slower with --speed: otherwise it is the generator that is measured, not the database.',
  words: { fails: 'the generator was the limit' },
  examine({ processes: { generatorBusy, generatorCores } }) {
    if (generatorBusy === null) {
      return [{ title: 'CPU of the generator', value: generatorCores, unit: 'cores', limit: CORES }];
    }
    const value = 100 * generatorBusy;
    return [{ title: 'Time that its busiest thread had work', value, unit: 'percent', limit: BUSY }];
  },
};
