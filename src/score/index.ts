export type { CheckState } from './checks/check.js';
export { failuresOf, whySetAside } from './checks/judge.js';
export { divergenceOf } from './divergence/compare.js';
export * from './divergence/divergence.js';
export { type Drift, driftsOver, LEAST_FOR_DRIFT } from './drift.js';
export { type EqualTrials, LEAST_EQUAL_PAIRS } from './equal-trials.js';
export {
  type Closing,
  closingOf,
  exitCodeFor,
  exitCodeOf,
  FAILURES,
  type Failure,
  UNDECIDED,
} from './exit-code.js';
export type { StatementShare } from './findings/finding.js';
export type { Interval } from './interval.js';
export { type EffectLine, effectLines } from './known-effects.js';
export {
  cpuMsPerRequest,
  errorsCompared,
  generatorCpuMsPerRequest,
  readsOf,
  serviceCpuMsPerRequest,
  shareOf,
  useOf,
} from './measures.js';
export type { Pair } from './pair.js';
export { replicasOf } from './replicas.js';
export { scenarioNotesOfRun } from './scenario.js';
export { score } from './score.js';
export type {
  ControlChange,
  ControlFindings,
  Decision,
  Finding,
  HeadlinePart,
  PairByPair,
  Regression,
  Scorecard,
  ScoreRow,
  Since,
  ValidityCheck,
  ValueOfRow,
  Verdict,
} from './scorecard.js';
export { COMPARE_SCHEMA } from './scorecard.js';
export { type Earlier, since } from './since.js';
export { DEFAULT_TARGETS, type Goal, TARGET_RULES, TARGETS } from './targets/index.js';
export { noBudgetNote } from './targets/primary-cpu.js';
export { logNeeded } from './targets/target.js';
export { scoreTrials } from './trials.js';
export { utilisationNote } from './utilisation.js';
