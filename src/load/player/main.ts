import { beWorker } from '../../machine/index.js';
import { failureOf, type PlayerJob, type PlayerMessage } from './messages.js';
import { play } from './play.js';

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
