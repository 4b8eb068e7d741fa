import { percentileMs } from '../../record/histogram.js';
import { isCaptured } from '../../record/pure.js';
import { cureOf } from '../lost-names.js';
import { below, type RunCheck } from './check.js';

/** How late the generator itself may send, in ms at p99. A captured trace has bursts that no generator sends on time. */
const LIMITS = { generated: below(5), captured: below(20) };

const GIVE_ROOM = 'or give the nodes less CPU with --node-cpus, so that the generator has a core for itself.';
const CURE_OF_CAPTURED = `Close other programs, play the trace slower with --speed, ${GIVE_ROOM}`;

export const generatorLateness: RunCheck = {
  of: 'run',
  spoils: 'baseline',
  title: 'The generator sent on time',
  cure: `Close other programs, lower the rate with --rate, ${GIVE_ROOM}`,
  words: { holds: 'lateness at p99', fails: 'the generator sent late at p99' },
  examine(run) {
    const value = percentileMs(run.load.window.lateness, 0.99);
    const captured = isCaptured(run);
    const limit = LIMITS[captured ? 'captured' : 'generated'];
    const cure = { ...(captured && { cure: CURE_OF_CAPTURED }), ...cureOf(run) };
    return [{ title: 'Lateness of the generator, p99', value, unit: 'ms', limit, ...cure }];
  },
};
