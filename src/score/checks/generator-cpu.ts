import { below, type RunCheck } from './check.js';

/** The generator has one thread that matters, and a full one sends late. */
const LIMIT = below(0.9);

export const generatorCpu: RunCheck = {
  of: 'run',
  spoils: 'baseline',
  title: 'The generator had CPU to spare',
  cure: 'Lower the rate with --rate: what was measured is the generator, not the database.',
  words: { fails: 'the generator was the limit' },
  examine: (run) => [
    { title: 'CPU of the generator', value: run.processes.generatorCores, unit: 'cores', limit: LIMIT },
  ],
};
