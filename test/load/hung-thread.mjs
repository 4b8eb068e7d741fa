// A thread of the player that does nothing any more: from its start, or, once it was ready, from when it is told to play.
import { parentPort, workerData } from 'node:worker_threads';

const hang = () => {
  for (;;);
};
if (workerData.from === 'start') hang();
parentPort.on('message', hang);
parentPort.postMessage({ type: 'ready' });
