import { createInterface } from 'node:readline';
import { messageOf } from '../../machine/pure.js';
import { createClosedLoop } from './closed-loop.js';
import type { ProbeJob, ProbeMessage, ProbeStep } from './protocol.js';

/** The probe's process: steps come in on stdin, what became of each goes out on stdout, and it ends when stdin does. */
process.title = 'splitbench-probe';
// Ctrl-C reaches the whole foreground group; the bench decides when this ends.
process.on('SIGINT', () => {});

const play = createClosedLoop(JSON.parse(process.argv[2]!) as ProbeJob);
const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  play(JSON.parse(line) as ProbeStep).then(
    (result) => say({ result }),
    (error) => say({ failure: messageOf(error) }),
  );
});
input.once('close', () => process.exit(0));

function say(message: ProbeMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
