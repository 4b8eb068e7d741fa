import { parentPort, workerData } from 'node:worker_threads';
import { failureOf, type PartJob, type PartMessage, type PartOrder } from './messages.js';
import { preparePart } from './part.js';

/** A thread of the player's: plays its part when it is told to. */
const say = (message: PartMessage) => parentPort!.postMessage(message);

setInterval(() => say({ type: 'alive' }), 1000).unref();
try {
  const part = await preparePart(workerData as PartJob, say);
  parentPort!.on('message', (order: PartOrder) => {
    if (order.type === 'stop') part.stop();
    else {
      part.play(order.zeroMs).then(
        (result) => say({ type: 'result', result }),
        (error) => say(failureOf(error)),
      );
    }
  });
  say({ type: 'ready' });
} catch (error) {
  say(failureOf(error));
}
