import { sumOf } from '../machine/pure.js';
import { LOST_NAMES_ADVICE, mostlyLostNames, type RunRecord } from '../record/pure.js';
import type { Told } from './checks/check.js';
import { nothing } from './measure-more.js';

/** From this share of the answers on, errors are worth more than any other advice. */
const MANY = 0.05;

/**
 * The cure of whatever fails in runs whose statements failed for the names in them: no lower rate would mend that. Errors that
 * the capture had too are none to be mended.
 */
export function cureOf(...runs: readonly RunRecord[]): Pick<Told, 'cure' | 'again'> {
  return runs.some(mostlyFailsForNames) ? { cure: LOST_NAMES_ADVICE, again: nothing } : {};
}

function mostlyFailsForNames({ accounting, load }: RunRecord): boolean {
  const errors = load.errors.filter(({ compared }) => compared !== 'same');
  const count = sumOf(errors, (error) => error.count);
  return count >= MANY * (accounting.ok + accounting.failed) && mostlyLostNames(errors);
}
