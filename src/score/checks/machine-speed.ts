import { slowdown, slowdownInWords } from '../machine-speed.js';
import { same } from '../measure-more.js';
import { atMost, type PairCheck } from './check.js';

/**
 * In percent. Between equal runs of 8 s, on two cores that ten other programs wanted, the standard deviation was 2 to 4 % and
 * the most 11 %; a split, whose replica shares the caches, made 1 %. What is beyond 15 % is neither chance nor a replica.
 */
const LIMIT = 15;

export const machineSpeed: PairCheck = {
  of: 'pair',
  subject: 'machine',
  title: 'The machine was as fast on both sides',
  cure: 'Run both sides again, one right after the other; on a laptop plugged in and cool, on a shared machine when its host is quieter.',
  again: same,
  examine(pair) {
    const ratio = slowdown(pair);
    if (ratio === null) return { because: 'the speed of the machine was not measured' };
    const value = (Math.exp(Math.abs(Math.log(ratio))) - 1) * 100;
    const words = `the machine ran ${slowdownInWords(ratio)}`;
    return [
      { title: 'Difference of the machine’s speed', value, unit: 'percent', limit: atMost(LIMIT), words },
    ];
  },
};
