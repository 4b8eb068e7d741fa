import type { RoutingPolicy } from '../router/index.js';
import { type Inspection, inspect } from './inspection.js';
import { type ServerSource, statementsOfServer } from './of-server.js';
import { statementsOfTrace, type TraceSource } from './of-trace.js';

export {
  type InspectedStatement,
  PARTS,
  type Part,
  type Work,
  weightOf,
} from './inspection.js';

/** An inspection, and of what. */
export interface Inspected extends Inspection {
  source: TraceSource | ServerSource;
}

/**
 * Says what a replica could take of a captured trace, or of the database that a URL names, before anything is run.
 * @param what a trace's file, or `postgres://…`
 * @throws BenchError as statementsOfTrace and statementsOfServer
 */
export async function inspectWorkload(
  what: string,
  { policy, signal }: { policy: RoutingPolicy; signal?: AbortSignal },
): Promise<Inspected> {
  const { source, counted } = isUrl(what)
    ? await statementsOfServer(what)
    : await statementsOfTrace(what, signal);
  return { source, ...inspect(counted, policy) };
}

function isUrl(what: string): boolean {
  return /^postgres(ql)?:\/\//i.test(what);
}
