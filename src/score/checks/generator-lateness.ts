import { percentileMs } from '../../record/histogram.js';
import { hasOwnPace, isCaptured, type RunRecord } from '../../record/pure.js';
import { cureOf } from '../lost-names.js';
import { same } from '../measure-more.js';
import { below, type RunCheck } from './check.js';

/** How late the generator itself may send, in ms at p99. A captured trace has bursts that no generator sends on time. */
const LIMITS = { generated: below(5), captured: below(20) };

const GIVE_ROOM =
  'or give the nodes less CPU (--node-cpus, if the bench starts them), so that the generator has a core for itself.';
const CURE_OF_CAPTURED = `Close other programs, play the trace slower with --speed, ${GIVE_ROOM}`;

export const generatorLateness: RunCheck = {
  of: 'run',
  subject: 'machine',
  title: 'The generator sent on time',
  cure: `Close other programs, lower the rate with --rate, ${GIVE_ROOM}`,
  again: same,
  words: {
    holds: 'lateness at p99',
    fails: 'the generator sent late at p99',
    result: 'its answers came late, and the generator after them',
  },
  examine(run) {
    if (hasOwnPace(run))
      return { because: 'the scenario’s own executors set the pace: there is no schedule to be late for' };
    const value = percentileMs(run.load.window.lateness, 0.99);
    const captured = isCaptured(run);
    const limit = LIMITS[captured ? 'captured' : 'generated'];
    const cure = { ...(captured && { cure: CURE_OF_CAPTURED }), ...cureOf(run) };
    const title = 'Lateness of the generator, p99';
    return [{ title, value, unit: 'ms', limit, servers: serversWereLate(run), ...cure }];
  },
};

/** Whether late answers kept more events waiting, and for longer, than the generator itself did. */
function serversWereLate({ load }: RunRecord): boolean {
  const { server, generator } = load.window.late;
  return (server?.sumUs ?? 0) > (generator?.sumUs ?? 0);
}
