import { expect, test } from 'vitest';
import { CLUSTERS, clusterProvider } from '../../src/cluster/clusters.js';

test('each provider is found by the kind that a plan calls it, and another kind is refused by name', () => {
  for (const provider of CLUSTERS) expect(clusterProvider(provider.kind)).toBe(provider);
  expect(() => clusterProvider('cloud')).toThrow('This bench has no servers of the kind "cloud"');
});

test('a provider says what a plan would say of its servers, without starting any', async () => {
  for (const { kind, describe } of CLUSTERS) {
    // Asks a container engine, and makes an image.
    if (kind === 'compose' && !process.env.BENCH_TEST_DOCKER) continue;
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
  }
});
