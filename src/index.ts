/** What a bench.config.ts and programs that read records and scorecards import. */
export { type BenchConfig, defineConfig } from './plan/index.js';
export type { Plan, RunRecord } from './record/pure.js';
export type { Scorecard } from './score/index.js';
