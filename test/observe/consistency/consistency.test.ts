import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { epochMs } from '../../../src/machine/clock.js';
import { consistency } from '../../../src/observe/consistency/consistency.js';
import { policies, type RoutingPolicy } from '../../../src/router/index.js';
import { startServers, withConnection } from '../../router/servers.js';

test('stale reads are counted by mode of the policy, in the window only', async () => {
  await using cluster = await startServers();
  const replica = cluster.replicas[0]!.admin;
  const policy: RoutingPolicy = {
    name: 'mixed',
    description: 'Reports may miss anything.',
    categories: {
      read: { target: 'replica', consistency: 'delay', delayMs: 60_000 },
      analytics: { target: 'replica', consistency: 'none' },
      realtime: { target: 'primary' },
    },
    groups: { history: { target: 'replica', consistency: 'none' } },
  };
  const watching = await consistency.start({ cluster, service: null, policy });
  await sleep(500);
  await withConnection(replica, (client) => client.query('SELECT pg_wal_replay_pause()'));
  const startMs = epochMs();
  await sleep(5000);
  const endMs = epochMs();
  await withConnection(replica, (client) => client.query('SELECT pg_wal_replay_resume()'));
  await watching.stop();

  const [delay, none] = watching.result({ startMs, endMs });
  expect(delay).toMatchObject({ mode: 'delay', stale: 0, failed: 0 });
  expect(none).toMatchObject({ mode: 'none', failed: 0 });
  expect(delay!.readBacks).toBeGreaterThan(0);
  expect(none!.stale).toBeGreaterThan(0);
  for (const seen of watching.result({ startMs: endMs + 60_000, endMs: endMs + 120_000 })) {
    expect(seen).toMatchObject({ reads: 0, readBacks: 0, stale: 0 });
  }
  const { rows } = await withConnection(cluster.primary.admin, (client) =>
    client.query(`SELECT count(*)::int AS app FROM pg_stat_activity WHERE application_name ~ 'consistency'`),
  );
  expect(rows).toEqual([{ app: 0 }]);
});

test('it stops at once where the primary is gone, for which each of its requests would wait for seconds', async () => {
  await using cluster = await startServers();
  const watching = await consistency.start({ cluster, service: null, policy: policies.lsn });
  process.kill(cluster.primary.pid!, 'SIGKILL');
  // Some session is in the middle of its turn then.
  await sleep(1500);
  const since = performance.now();
  await watching.stop();
  // A single write waits longer for a primary.
  expect(performance.now() - since).toBeLessThan(3000);
});

test('a policy that sends nothing to a replica has nothing to count', async () => {
  await using cluster = await startServers();
  const watching = await consistency.start({ cluster, service: null, policy: policies['primary-only'] });
  await watching.stop();
  expect(watching.result({ startMs: 0, endMs: 1 })).toEqual([]);
});
