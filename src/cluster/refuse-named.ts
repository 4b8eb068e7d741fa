import { BenchError } from '../machine/pure.js';
import type { Topology } from '../record/pure.js';

/** @throws BenchError OPTION_CONFLICT where servers are named to a provider that makes its own */
export function refuseNamed({ nodes, reset }: Pick<Topology, 'nodes' | 'reset'>): void {
  if (reset === undefined && nodes.every(({ server }) => server === undefined)) return;
  throw new BenchError(
    'OPTION_CONFLICT',
    '--primary, --replica and --reset are for servers of your own: give --cluster external with them, or leave them out.',
  );
}
