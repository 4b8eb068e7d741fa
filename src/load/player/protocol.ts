import type { LoadResult } from '../../record/pure.js';
import type { RouterStats } from '../../router/index.js';
import type { LoadJob } from '../driver.js';

/** What the player's process is told. */
export type PlayerJob = Omit<
  LoadJob,
  'signal' | 'runId' | 'onStart' | 'onRouterStats' | 'onProgress' | 'onWarning'
>;

/** What it says. The last is `result` or `failure`. */
export type PlayerMessage =
  | { type: 'start'; zeroEpochMs: number }
  | { type: 'progress'; ok: number; failed: number }
  | { type: 'router'; stats: RouterStats }
  | { type: 'warning'; sentence: string }
  | { type: 'result'; result: LoadResult }
  | { type: 'failure'; code: string; sentence: string; exitCode: number };
