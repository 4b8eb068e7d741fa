export {
  type AnswerCounts,
  type AnswerDifference,
  DIFFERENCES,
  type Divergence,
  different,
  divergenceOf,
  EVIDENCE,
  type Evidence,
  type StatementDivergence,
  share,
  unexplained,
} from './divergence.js';
export { exitCodeOf, exitCodeOfEqualRuns } from './exit-code.js';
export { type EffectLine, effectLines } from './known-effects.js';
export { loadFault, loadNote } from './load-note.js';
export { cpuMsPerRequest, nodeOf, readsOf, sidesAreEqual } from './measures.js';
export { score } from './score.js';
export type { Interval, Pair, Regression, Scorecard, ScoreRow, ValidityCheck, Verdict } from './scorecard.js';
export { whySetAside } from './set-aside.js';
export { analyticsSpeedup } from './targets/analytics-speedup.js';
export { NO_BUDGET } from './targets/primary-cpu.js';
export { replicaLag } from './targets/replica-lag.js';
export { scoreTrials } from './trials.js';
