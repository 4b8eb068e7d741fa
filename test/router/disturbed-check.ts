import type { ConsistencyCheck } from '../../src/observe/consistency/check.js';
import { createVersionedRows } from '../../src/observe/consistency/rows.js';
import { createRouter, type RouteRule, type Router } from '../../src/router/index.js';
import { type ConsistencyResult, countedCheck } from '../observe/consistency/tally.js';
import { type Disturbance, disturb } from './disturbances.js';
import type { Testbed } from './testbed.js';

/** Checks two routers, two instances of an application, whose reads follow the rule, while the standbys are disturbed. */
export async function checkDisturbed(
  testbed: Testbed,
  rule: Omit<RouteRule, 'target'>,
  disturbance: Disturbance,
  {
    through = (router) => router,
    ...options
  }: Partial<Pick<ConsistencyCheck, 'pairs' | 'pairsPerSecond' | 'onEvent'>> & {
    /** What the check sees of a router. */
    through?: (router: Router) => Router;
  },
): Promise<ConsistencyResult> {
  const end = new AbortController();
  const read: RouteRule = { target: 'replica', primaryShare: 0.3, ...rule };
  const policy = {
    name: 'test',
    description: 'A test.',
    categories: { read, analytics: read, realtime: read },
  };
  await using rows = await createVersionedRows(testbed.primary.connection, {
    schema: 'splitbench_versions',
    sessions: 12,
  });
  await Promise.all(testbed.standbys.map((standby) => standby.catchUpWith(testbed.primary)));
  const open = () =>
    createRouter({
      primary: testbed.primary.connection,
      replicas: testbed.standbys.map((standby) => standby.connection),
      policy,
      health: { intervalMs: 100 },
      // However late a replica is, it is the mode that has to see to it.
      maxLagMs: 60_000,
    });
  const routers = [await open(), await open()];
  const disturbed = disturb(testbed, disturbance, { forMs: 300, signal: end.signal });
  try {
    return await countedCheck({ routers: routers.map(through), rows, ...options });
  } finally {
    end.abort();
    await disturbed;
    await Promise.all(routers.map((router) => router.end()));
  }
}
