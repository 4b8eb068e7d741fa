import { LOST_NAMES_ADVICE, mostlyLostNames, type RunRecord } from '../record/pure.js';
import type { Told } from './checks/check.js';
import { failedPercent } from './measures.js';

/** From this percentage on, errors are worth more than any other advice. */
const MANY = 5;

/** The cure of whatever fails in runs whose statements failed for the names in them: no lower rate would mend that. */
export function cureOf(...runs: readonly RunRecord[]): Pick<Told, 'cure'> {
  const isSo = runs.some((run) => failedPercent(run) >= MANY && mostlyLostNames(run.load.errors));
  return isSo ? { cure: LOST_NAMES_ADVICE } : {};
}
