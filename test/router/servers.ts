import type { Cluster } from '../../src/cluster/cluster.js';
import type { PlannedNode } from '../../src/record/plan.js';
import { startWithSchema } from '../servers.js';
import { SCHEMA } from './sql/corpus.js';

export { withConnection } from '../servers.js';

/** A primary and a streaming standby with the corpus's schema. */
export function startServers(settings: Record<string, string> = {}, nodes?: PlannedNode[]): Promise<Cluster> {
  return startWithSchema('router', SCHEMA, settings, nodes);
}
