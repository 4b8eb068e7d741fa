import type { RunRecord } from '../../record/pure.js';
import { below, type RunCheck } from './check.js';

/** The generator has one thread that matters, and a full one sends late. */
const LIMIT = below(0.9);

export const generatorCpu: RunCheck = {
  of: 'run',
  spoils: 'baseline',
  title: 'The generator had CPU to spare',
  cure: 'Lower the rate with --rate: what was measured is the generator, not the database.',
  words: { fails: 'the generator was the limit' },
  look: (run) => [{ title: 'CPU of the generator', value: generatorCores(run), unit: 'cores', limit: LIMIT }],
};

/** From the observer if it watched the process, else from what the driver knows of itself. */
function generatorCores({ processes, load: { generator } }: RunRecord): number | null {
  if (processes.generatorCores !== null) return processes.generatorCores;
  if (generator.cpuSeconds === null || generator.playedSeconds <= 0) return null;
  return generator.cpuSeconds / generator.playedSeconds;
}
