import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { observeConsistency } from '../../src/observe/consistency.js';
import { nowMs } from '../../src/observe/observer.js';
import { policies } from '../../src/router/index.js';
import { startServers, withConnection } from '../router/servers.js';

test('stale reads are counted by mode of the policy, in the window only', async () => {
  await using cluster = await startServers();
  const replica = cluster.replicas[0]!.admin;
  await using observer = observeConsistency(cluster, {
    name: 'mixed',
    description: 'Reports may miss anything.',
    categories: {
      read: { target: 'replica', consistency: 'delay', delayMs: 60_000 },
      analytics: { target: 'replica', consistency: 'none' },
      realtime: { target: 'primary' },
    },
    groups: { history: { target: 'replica', consistency: 'none' } },
  });
  await observer.start();
  await sleep(500);
  await withConnection(replica, (client) => client.query('SELECT pg_wal_replay_pause()'));
  const startMs = nowMs();
  await sleep(5000);
  const endMs = nowMs();
  await withConnection(replica, (client) => client.query('SELECT pg_wal_replay_resume()'));
  await observer.stop();

  const [delay, none] = observer.result({ startMs, endMs });
  expect(delay).toMatchObject({ mode: 'delay', category: 'read', group: null, stale: 0, failed: 0 });
  expect(none).toMatchObject({ mode: 'none', category: 'analytics', group: null, failed: 0 });
  expect(delay!.readBacks).toBeGreaterThan(0);
  expect(none!.stale).toBeGreaterThan(0);
  expect(none!.staleShare).toBe(none!.stale / none!.readBacks);
  for (const seen of observer.result({ startMs: endMs + 60_000, endMs: endMs + 120_000 })) {
    expect(seen).toMatchObject({ pairs: 0, reads: 0, stale: 0, staleShare: 0 });
  }
  const { rows } = await withConnection(cluster.primary.admin, (client) =>
    client.query(`SELECT count(*)::int AS app FROM pg_stat_activity WHERE application_name ~ 'consistency'`),
  );
  expect(rows).toEqual([{ app: 0 }]);
});

test('a policy that sends nothing to a replica has nothing to count', async () => {
  await using cluster = await startServers();
  await using observer = observeConsistency(cluster, policies['primary-only']);
  await observer.start();
  await observer.stop();
  expect(observer.result({ startMs: 0, endMs: 1 })).toEqual([]);
});
