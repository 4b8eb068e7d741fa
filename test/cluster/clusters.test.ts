import { expect, test } from 'vitest';
import { CLUSTERS, clusterProvider } from '../../src/cluster/clusters.js';
import { embedded } from '../../src/cluster/embedded/embedded.js';

test('each provider is found by the kind that a plan calls it, and another kind is refused by name', () => {
  for (const provider of CLUSTERS) expect(clusterProvider(provider.kind)).toBe(provider);
  expect(() => clusterProvider('cloud')).toThrow('This bench has no servers of the kind "cloud"');
});

test('the embedded servers are described as a plan would say it, without starting any', async () => {
  const { kind, describe } = embedded;
  const asked = {
    nodes: [{ name: 'primary', role: 'primary', cpus: 0.25 } as const],
    settings: { work_mem: '8MB' },
  };
  const topology = await describe({ ...asked, poolSize: 80 });
  expect(topology).toMatchObject({ kind, ...asked });
  expect(topology.postgresVersion).toMatch(/^\d+\.\d+/);
  expect(Object.keys((await describe({ nodes: [], poolSize: 10 })).settings)).toContain('wal_level');
  const { settings } = await describe({ nodes: [], poolSize: 400 });
  expect(Number(settings.max_connections)).toBeGreaterThan(400);
  const changed = await describe({ nodes: [], poolSize: 400, changedSettings: { work_mem: '8MB' } });
  expect(changed.settings).toEqual({ ...settings, work_mem: '8MB' });
  const own = describe({ nodes: [], poolSize: 10, changedSettings: { port: '5432' } });
  await expect(own).rejects.toThrow("The setting port is the bench's own");
});

test('the embedded servers have no data unless it is brought', async () => {
  const topology = await embedded.describe({ nodes: [], poolSize: 10 });
  const { signal } = new AbortController();
  const prepared = embedded.prepare({ kind: 'present', readOnly: true }, { topology, signal });
  await expect(prepared).rejects.toMatchObject({ code: 'SNAPSHOT_MISSING' });
});

test('the embedded servers are no servers of the user’s', async () => {
  const server = { url: 'postgres://app@db/shop' };
  const nodes = [{ name: 'primary', role: 'primary', cpus: null, server } as const];
  await expect(embedded.describe({ nodes, poolSize: 10 })).rejects.toThrow('are for servers of your own');
});
