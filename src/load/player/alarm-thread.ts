import { workerData } from 'node:worker_threads';
import { monotonicMs } from '../../machine/index.js';
import { ALARM } from './alarm.js';

/** The thread that does an alarm's waiting: it sleeps until it is called, then until that call is due. */
const cells = new Int32Array(workerData as SharedArrayBuffer);
const due = new Float64Array(workerData as SharedArrayBuffer);

for (let call = 0; ; ) {
  Atomics.wait(cells, ALARM.called, call);
  call = Atomics.load(cells, ALARM.called);
  Atomics.wait(cells, ALARM.called, call, Math.max(0, due[ALARM.dueAt]! - monotonicMs()));
  Atomics.store(cells, ALARM.rung, call);
  Atomics.notify(cells, ALARM.rung);
}
