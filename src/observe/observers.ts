import type { Observations } from '../record/pure.js';
import { consistency } from './consistency/consistency.js';
import { gauge } from './gauge/gauge.js';
import { heldUp } from './held-up.js';
import { lag } from './lag.js';
import { machine } from './machine.js';
import { nodes } from './nodes.js';
import type { Observer } from './observer.js';
import { pools } from './pools.js';
import { router } from './router.js';
import { volume } from './volume/volume.js';

/** All that watches a run, by its place in the record. */
export const OBSERVERS: { readonly [Name in keyof Observations]: Observer<Observations[Name]> } = {
  heldUp,
  nodes,
  machine,
  gauge,
  router,
  volume,
  lag,
  pools,
  consistency,
};
