import type { RunRecord } from './run.js';

export const EFFECTS = {
  /** Percent of the reads that the router sends to the replica. */
  readShare: 50,
  /** By how much the replica applies each commit later than it was made, in ms. */
  lagMs: 80,
};

/** What was measured of each effect. */
export interface EffectRecords {
  /** With the share of the reads on the replica, and the same with the replica late. */
  split: { onTime: RunRecord; late: RunRecord };
  cpu: BurntCpu;
  /** The same load again and again on one primary. */
  rounds: EffectRound[];
}

/** CPU seconds that a process of the primary burnt by its own account, and by that of the node's observer. */
export interface BurntCpu {
  burnt: number;
  seen: number;
}

/** Equal plays: twice watched as in any run, once with nothing asking the server. */
export interface EffectRound {
  watched: [RunRecord, RunRecord];
  alone: RunRecord;
}
