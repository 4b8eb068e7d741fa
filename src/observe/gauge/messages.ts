import type { GaugeObservation } from '../../record/pure.js';

/** What the thread says: first that it is ready, then what each unit of the work took. */
export type GaugeMessage =
  | { type: 'ready'; method: GaugeObservation['method'] }
  | { type: 'unit'; ms: number; result: number };
