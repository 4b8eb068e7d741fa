import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../machine/pure.js';
import type { Evaluated } from './config.js';

/**
 * The thread in which a bench.config.ts is evaluated: it may exit, wait for ever or never give its core back, and it is
 * only the thread that does.
 */
const say = (evaluated: Evaluated) => parentPort!.postMessage(evaluated);

// Not awaited here: a thread that is left in the middle of an await warns of it in words of Node's own.
void import(workerData).then(
  ({ default: config }) => {
    try {
      say({ config });
    } catch {
      say({ wrong: 'it must hold plain values: text, numbers, booleans, lists and objects of them' });
    }
  },
  (thrown) => say({ wrong: messageOf(thrown) }),
);
