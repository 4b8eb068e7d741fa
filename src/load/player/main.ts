import { createInterface } from 'node:readline';
import { BenchError, messageOf } from '../../machine/pure.js';
import { play } from './play.js';
import type { PlayerJob, PlayerMessage } from './protocol.js';

/** The player's process: a job comes in on stdin, what happens goes out on stdout, and it ends when stdin does. */
process.title = 'splitbench-player';
// Ctrl-C reaches the whole foreground group; the bench decides when this ends.
process.on('SIGINT', () => {});

const input = createInterface({ input: process.stdin });
input.once('line', (line) => void run(JSON.parse(line) as PlayerJob));
input.once('close', () => process.exit(1));

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

function say(message: PlayerMessage, then?: () => void): void {
  process.stdout.write(`${JSON.stringify(message)}\n`, then);
}
