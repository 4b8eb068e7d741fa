import { explainSystemError } from '../../machine/index.js';
import { BenchError, type ErrorCode, wordsOf } from '../../machine/pure.js';
import type { LoadResult, TraceKind } from '../../record/pure.js';
import type { RouterStats } from '../../router/index.js';
import type { LoadJob } from '../driver.js';
import type { TallyJson } from '../tally.js';
import type { Share } from './deal.js';
import type { SharedKeys } from './replayed-keys.js';

/** What the player's process is told. */
export type PlayerJob = Omit<
  LoadJob,
  'signal' | 'runId' | 'onStart' | 'onRouterStats' | 'onProgress' | 'onWarning'
>;

/** What it says. The last is `result` or a failure. `zeroMs`: when the schedule begins, on the clock of `monotonicMs`. */
export type PlayerMessage =
  | { type: 'start'; zeroMs: number }
  | { type: 'progress'; ok: number; failed: number }
  | { type: 'router'; stats: RouterStats }
  | { type: 'warning'; sentence: string }
  | { type: 'result'; result: LoadResult }
  | Failure;

/** What one of its threads is told first, and then. */
export interface PartJob extends PlayerJob {
  kind: TraceKind;
  /** Whether the trace tells how its statements ended when they were captured. */
  tellsFailures: boolean;
  share: Share;
  /** Numbers of sequences that the trace is known to have; threads tell each other those of the replay here. */
  keys?: SharedKeys;
}

/** `zeroMs`: when the schedule begins, on the clock of `monotonicMs`. */
export type PartOrder = { type: 'play'; zeroMs: number } | { type: 'stop' };

/**
 * What a thread says. That it is alive it says each second; it is ready first, and tells its state at 10 Hz while it plays; the
 * last is `result` or a failure.
 */
export type PartMessage =
  | { type: 'alive' }
  | { type: 'ready' }
  | { type: 'state'; state: PartState }
  | { type: 'warning'; sentence: string }
  | { type: 'result'; result: PartResult }
  | Failure;

export interface PartState {
  ok: number;
  failed: number;
  /** Due, and not ended. */
  unfinished: number;
  /** For how long the oldest event on its way has had no answer, in ms. */
  unansweredMs: number;
  /** Of its router, where it has one. */
  router?: RouterStats;
}

export interface PartResult {
  tally: TallyJson;
  /** Share of the time that its thread had work, 0..1. */
  busy: number;
  router?: RouterStats;
  /** Sessions that were disconnected within a transaction, which is where their trace ended. */
  cutOff: number;
}

export interface Failure {
  type: 'failure';
  code: ErrorCode;
  sentence: string;
  exitCode: number;
}

/** An error on its way to another thread or process. */
export function failureOf(error: unknown): Failure {
  const { code, message, exitCode } =
    error instanceof BenchError
      ? error
      : (explainSystemError(error) ??
        new BenchError('PLAYER_FAILED', `The player failed: ${wordsOf(error)}.`, { exitCode: 4 }));
  return { type: 'failure', code, sentence: message, exitCode };
}

/** The error that was on its way. */
export function errorOf({ code, sentence, exitCode }: Failure): BenchError {
  return new BenchError(code, sentence, { exitCode });
}
