// A thread of the player that is ready, and does nothing any more once it is told to play.
import { parentPort } from 'node:worker_threads';

parentPort.on('message', () => {
  for (;;);
});
parentPort.postMessage({ type: 'ready' });
