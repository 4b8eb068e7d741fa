import { below, type RunCheck } from './check.js';

/** Shares of the machine's cores: what other programs may use, where all together leave less than the rest idle. */
const LIMITS = { others: 0.1, busy: 0.9 };

export const otherPrograms: RunCheck = {
  of: 'run',
  spoils: 'any-run',
  title: 'No other program took the CPU',
  cure: 'Close other programs and run again: what they take, the servers, the service and the generator lack.',
  words: {
    holds: 'other programs used',
    fails: 'other programs took CPU from a machine that had none to spare',
  },
  examine({ plan, machine: { busyCores }, processes: { othersCores } }) {
    const { cores } = plan.machine;
    // What a machine has to spare they may take.
    const full = busyCores !== null && busyCores >= LIMITS.busy * cores;
    const limit = full ? below(LIMITS.others * cores) : null;
    return [{ title: 'CPU of other programs', value: othersCores, unit: 'cores', limit }];
  },
};
