import { beWorker } from '../../machine/index.js';
import { BenchError, messageOf } from '../../machine/pure.js';
import { play } from './play.js';
import type { PlayerJob, PlayerMessage } from './protocol.js';

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
    const sentence = known ? error.message : `The player failed: ${messageOf(error)}`;
    const failure = {
      code: known ? error.code : 'PLAYER_FAILED',
      sentence,
      exitCode: known ? error.exitCode : 1,
    };
    say({ type: 'failure', ...failure }, () => process.exit(1));
  }
}
