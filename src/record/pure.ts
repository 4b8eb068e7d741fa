export {
  ANSWERS_FILE,
  ANSWERS_SCHEMA,
  type Answers,
  type AnswersHeader,
  type ReadAnswer,
  type ReadStatement,
} from './answers.js';
export { type BurntCpu, EFFECTS, type EffectRecords, type EffectRound } from './effects.js';
export {
  isCaptured,
  PLAN_SCHEMA,
  type Plan,
  type PlannedLoad,
  type PlannedMachine,
  type PlannedNode,
  type PlannedWorkload,
  type Topology,
} from './plan.js';
export {
  type Accounting,
  type AnswersReference,
  type ConsistencyObservation,
  type FullAccounting,
  type LagObservation,
  type LoadError,
  type LoadResult,
  type LoadSkip,
  type MsSummary,
  type NodeObservation,
  type PoolObservation,
  type RateSearch,
  type RateStep,
  RUN_SCHEMA,
  type RunRecord,
  type StatementObservation,
  type StoredRun,
  type VolumeTotals,
} from './run.js';
export { planFacts, samePlan } from './same-plan.js';
export {
  PAIR_SIDES,
  type PairSide,
  type StoredTrials,
  TRIALS_FILE,
  TRIALS_SCHEMA,
  type TrialPair,
  type Trials,
} from './trials.js';
export {
  CATEGORIES,
  type Category,
  CPU_METHODS,
  type CpuBudget,
  type CpuMethod,
  type NodeName,
  ROLES,
  type Role,
  SIDES,
  type Side,
  type TraceKind,
  type WorkloadKind,
} from './words.js';
