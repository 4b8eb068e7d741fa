import { same } from '../measure-more.js';
import { below, type RunCheck } from './check.js';

export const steal: RunCheck = {
  of: 'run',
  subject: 'machine',
  title: 'No other machine took the CPU',
  cure: 'Run again when the host is quieter, or on a machine with dedicated cores.',
  again: same,
  words: { holds: 'CPU time taken by other virtual machines', fails: 'other virtual machines took CPU time' },
  examine({ machine: { stealShare } }) {
    const value = stealShare === null ? null : stealShare * 100;
    return [{ title: 'CPU time taken by others', value, unit: 'percent', limit: below(10) }];
  },
};
