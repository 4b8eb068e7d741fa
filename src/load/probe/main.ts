import { beWorker } from '../../machine/index.js';
import { messageOf } from '../../machine/pure.js';
import { createClosedLoop, type ProbeJob, type ProbeMessage, type ProbeStep } from './closed-loop.js';

/** The probe's process: it is told a job, then step after step, and says what became of each. */
let play: ReturnType<typeof createClosedLoop> | undefined;
const say = beWorker<ProbeJob | ProbeStep, ProbeMessage>('splitbench-probe', {
  message(told) {
    if ('url' in told) play = createClosedLoop(told);
    else
      play!(told).then(
        (result) => say({ result }),
        (error) => say({ failure: messageOf(error) }),
      );
  },
  close: () => process.exit(0),
});
