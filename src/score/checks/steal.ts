import { below, type RunCheck } from './check.js';

export const steal: RunCheck = {
  of: 'run',
  subject: 'machine',
  title: 'The machine was its own',
  cure: 'Run again when the host is quieter, or on a machine with cores of its own.',
  words: { holds: 'CPU time taken by other virtual machines', fails: 'other virtual machines took CPU time' },
  examine({ machine: { stealShare } }) {
    const value = stealShare === null ? null : stealShare * 100;
    return [{ title: 'CPU time taken by others', value, unit: 'percent', limit: below(10) }];
  },
};
