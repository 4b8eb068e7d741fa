import { type Figure, meanOver } from './figure.js';

/** Mean time in ms from a commit's return on the primary until the replica shows it. */
export const replicaLag: Figure = {
  of: ({ lag }) => (lag && lag.commitToVisible.count > 0 ? lag.commitToVisible.meanMs : null),
  overBlocks: (run) => (run.lag ? meanOver(run, run.lag.series.tMs, run.lag.series.lagMs) : null),
  noise: 2,
};
