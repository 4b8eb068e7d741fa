/** What a bench.config.ts and programs that read records and scorecards import. */
import type { ClusterKind } from './cluster/index.js';
import type { DriverName } from './load/index.js';
import type { UserOptions } from './plan/index.js';
import type { Goal } from './score/index.js';

export type { Plan, RunRecord } from './record/pure.js';
export type { Scorecard } from './score/index.js';

/** What bench.config.ts exports by default: options for every run, which flags win over. */
export interface BenchConfig extends Omit<UserOptions, 'driver' | 'cluster' | 'targets'> {
  driver?: DriverName | 'auto';
  cluster?: ClusterKind;
  targets?: Goal[];
}

/** Types a bench.config.ts: `export default defineConfig({ duration: '2m' })`. */
export function defineConfig(config: BenchConfig): BenchConfig {
  return config;
}
