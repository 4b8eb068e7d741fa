import { beWorker } from '../../machine/index.js';
import { BenchError, messageOf } from '../../machine/pure.js';
import { type PlayerJob, type PlayerMessage, play } from './play.js';

/** The player's process: it is told a job and says what happens. */
const say = beWorker<PlayerJob, PlayerMessage>('splitbench-player', {
  message: (job) => void run(job),
  close: () => process.exit(1),
});

async function run(job: PlayerJob): Promise<void> {
  try {
    say({ type: 'result', result: await play(job, say) }, () => process.exit(0));
  } catch (error) {
    const known = error instanceof BenchError;
    const failure = known
      ? error
      : new BenchError('PLAYER_FAILED', `The player failed: ${messageOf(error)}`, { exitCode: 1 });
    const { code, message: sentence, exitCode } = failure;
    say({ type: 'failure', code, sentence, exitCode }, () => process.exit(1));
  }
}
