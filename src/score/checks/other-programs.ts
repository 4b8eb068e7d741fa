import { sumOf } from '../../machine/pure.js';
import { isApplication, type RunRecord } from '../../record/pure.js';
import { same } from '../measure-more.js';
import { below, type RunCheck } from './check.js';

/** Shares of the machine's cores: what other programs may always use, and what may be in use in all. */
const LIMITS = { others: 0.1, all: 0.9 };

/** Cores that the service and the load generator may need, beside the budgets of the nodes. */
const DRIVING = 2;

export const otherPrograms: RunCheck = {
  of: 'run',
  subject: 'machine',
  title: 'No other program took the CPU',
  cure: 'Close other programs and run again: they take CPU that the servers and the generator need.',
  again: same,
  words: { holds: 'other programs used', fails: 'other programs took too much of the machine’s CPU' },
  examine(run) {
    const value = run.processes.othersCores;
    if (value === null && isApplication(run)) {
      return {
        because: 'the application runs on this machine, and what it used is not told apart from others',
      };
    }
    return [{ title: 'CPU of other programs', value, unit: 'cores', limit: below(leftFor(run)) }];
  },
};

/**
 * What others may use, in cores: a tenth of the machine, or what a run leaves that uses all it may. It is made from the plan
 * alone, which both sides share: how busy the run's own servers were is no measure of what others took.
 */
function leftFor({ plan: { machine, topology } }: RunRecord): number {
  const { cores } = machine;
  const here = topology.nodes.filter(({ server }) => server === undefined || server.local);
  const budgets = sumOf(here, ({ cpus }) => cpus ?? cores);
  return Math.max(LIMITS.others * cores, LIMITS.all * cores - budgets - DRIVING);
}
