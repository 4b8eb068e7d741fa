import type { PrepareOptions } from '../load/index.js';
import type { WorkSpec } from '../plan/index.js';
import { application } from './application.js';
import { captured } from './captured.js';
import { smartmenu } from './smartmenu.js';
import type { Work, Workload } from './workload.js';

/** What can be run. The first that takes a specification is meant; the last takes any file. */
const WORKLOADS: readonly Workload[] = [application, smartmenu, captured];

/**
 * Completes a specification by what its workload chooses.
 * @param options how k6 is got, where a scenario has to be read
 * @throws BenchError as Workload.open
 */
export function openWork(
  spec: WorkSpec,
  options: PrepareOptions = { signal: new AbortController().signal },
): Promise<Work> {
  return WORKLOADS.find((workload) => workload.takes(spec))!.open(spec, options);
}
