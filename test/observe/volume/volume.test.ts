import { expect, test } from 'vitest';
import { withClient } from '../../../src/cluster/client.js';
import { processStart } from '../../../src/machine/processes.js';
import { volume } from '../../../src/observe/volume/volume.js';
import { policies } from '../../../src/router/index.js';
import { startServers } from '../../router/servers.js';

/** Marks say what the window is. */
const NEVER_MIND = { startMs: 0, endMs: 0 };

test('statements are counted by node and block; the blocks add up to the window', async () => {
  await using cluster = await startServers();
  const [primary, replica] = [cluster.primary, cluster.replicas[0]!];
  await withClient(primary.admin, (client) => client.query('CREATE TABLE counted (id int)'));
  const read = (node: typeof primary, times: number) =>
    withClient(node.app, async (client) => {
      for (let i = 0; i < times; i++) await client.query('SELECT 1 AS one');
    });
  const write = (rows: number) =>
    withClient(primary.app, (client) =>
      client.query('INSERT INTO counted SELECT generate_series(1, $1::int)', [rows]),
    );
  await read(primary, 9);
  const counter = await volume.start({ cluster, service: null, policy: policies.balanced });

  await read(primary, 1);
  await counter.mark!();
  await read(primary, 2);
  await write(5);
  await counter.mark!();
  await counter.mark!();
  await read(primary, 3);
  await read(replica, 4);
  await write(7);
  await counter.mark!();
  await read(primary, 6);
  await counter.stop();
  const [onPrimary, onReplica] = counter.result(NEVER_MIND);
  expect(onPrimary!.readCallsByBlock).toEqual([2, 0, 3]);
  expect(onReplica!.readCallsByBlock).toEqual([0, 0, 4]);
  expect(onPrimary!.reads).toMatchObject({ calls: 5, rows: 5, execMs: expect.any(Number) });
  expect(onPrimary!.reads.execMs).toBeGreaterThan(0);
  expect(onPrimary!.wholeCalls).toEqual({ read: 12, write: 2 });
  const reads = [onPrimary!, onReplica!].map(({ statements }) =>
    statements.filter(({ kind }) => kind === 'read'),
  );
  expect(reads.map((on) => on.map((statement) => statement.calls))).toEqual([[5], [4]]);
  expect([onPrimary!.short, onReplica!.short]).toEqual([null, null]);
});

test('where one role does everything, its statements count, whatever it is called', async () => {
  await using servers = await startServers();
  const { admin } = servers.primary;
  const primary = { ...servers.primary, app: admin, monitor: admin };
  const counter = await volume.start({
    cluster: { ...servers, primary, replicas: [] },
    service: null,
    policy: policies.balanced,
  });
  await counter.mark!();
  await withClient(admin, async (client) => {
    for (let i = 0; i < 3; i++) await client.query('SELECT 1 AS one');
  });
  await counter.mark!();
  await counter.stop();
  const counted = counter.result(NEVER_MIND).flatMap(({ statements }) => statements);
  expect(counted.find(({ text }) => text.includes('AS one'))).toMatchObject({ calls: 3 });
});

test('counts that may be short are said to be so', async () => {
  await using cluster = await startServers({ 'pg_stat_statements.max': '100' });
  const counter = await volume.start({ cluster, service: null, policy: policies.balanced });
  await counter.mark!();
  await withClient(cluster.primary.app, async (client) => {
    // As many different shapes as there is no room for.
    for (let columns = 1; columns <= 150; columns++)
      await client.query(`SELECT ${Array.from({ length: columns }, (_, i) => `1 AS c${i}`).join(', ')}`);
  });
  await counter.mark!();
  const { pid } = cluster.replicas[0]!;
  process.kill(pid!, 'SIGQUIT');
  await expect.poll(() => processStart(pid!)).toBeNull();
  await counter.stop();
  expect(counter.result(NEVER_MIND).map(({ node, short }) => [node, short])).toEqual([
    ['primary', 'discarded'],
    ['replica', 'no answer'],
  ]);
});
