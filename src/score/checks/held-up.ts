import { LONGEST_GAP_MS } from '../../record/pure.js';
import { same } from '../measure-more.js';
import { atMost, type RunCheck } from './check.js';

export const heldUp: RunCheck = {
  of: 'run',
  subject: 'machine',
  title: 'The bench was not held up',
  cure: 'Run again without stopping the bench or the machine: no Ctrl-Z, no sleep, no pause of a virtual machine, no change of the clock.',
  again: same,
  words: { holds: 'it stood still for at most', fails: 'the bench itself was held up' },
  examine({ heldUp: { longestMs } }) {
    const [title, limit] = ['Longest time that the bench stood still', atMost(LONGEST_GAP_MS)];
    return [{ title, value: longestMs, unit: 'ms', limit }];
  },
};
