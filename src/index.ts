/** What a bench.config.ts and programs that read records and scorecards import. */
export { type BenchConfig, defineConfig } from './plan/config.js';
export type { Plan } from './plan/plan.js';
export type { RunRecord } from './run/record.js';
export type { Scorecard } from './score/scorecard.js';
