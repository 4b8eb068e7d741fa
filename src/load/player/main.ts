import { setFlagsFromString } from 'node:v8';
import { beWorker } from '../../machine/index.js';
import { failureOf, type PlayerJob, type PlayerMessage } from './messages.js';
import { play } from './play.js';

/**
 * What V8 lets its young generation grow to anyway, in MB: from the start on, it is half as often that a thread stands still
 * for a collection, and makes events late by a millisecond or two.
 */
const YOUNG_MB = 16;
// Before there are threads: it holds for those made after it.
setFlagsFromString(`--min-semi-space-size=${YOUNG_MB}`);

/** The player's process: it is told a job and says what happens. */
const say = beWorker<PlayerJob, PlayerMessage>('splitbench-player', {
  message: (job) => void run(job),
  close: () => process.exit(1),
});

async function run(job: PlayerJob): Promise<void> {
  try {
    say({ type: 'result', result: await play(job, say) }, () => process.exit(0));
  } catch (error) {
    say(failureOf(error), () => process.exit(1));
  }
}
