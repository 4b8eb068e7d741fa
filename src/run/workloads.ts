import type { WorkSpec } from '../plan/index.js';
import { captured } from './captured.js';
import { smartmenu } from './smartmenu.js';
import type { Work, Workload } from './workload.js';

/** What can be replayed. The first that takes what `--workload` says is meant; the last takes any file. */
const WORKLOADS: readonly Workload[] = [smartmenu, captured];

/** Completes a specification by what its workload chooses. @throws BenchError as Workload.open */
export function openWork(spec: WorkSpec): Promise<Work> {
  return WORKLOADS.find((workload) => workload.takes(spec.workload))!.open(spec);
}
