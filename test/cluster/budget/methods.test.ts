import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { groupOf } from '../../../src/cluster/budget/cgroup-files.js';
import { detectCpuMethod, limitCpu } from '../../../src/cluster/budget/methods.js';
import { coresFor, parseCoreList } from '../../../src/cluster/budget/pinning.js';
import type { Node } from '../../../src/cluster/cluster.js';
import { defaultSettings } from '../../../src/cluster/settings.js';
import type { Template } from '../../../src/cluster/template/template.js';
import { processTree } from '../../../src/machine/processes.js';
import type { CpuMethod } from '../../../src/record/words.js';
import { groupsNaming, hasProgram, query, readProc, smallTemplate, startCluster } from '../support.js';

const { method, detail } = await detectCpuMethod();
const hasGroups = method.startsWith('cgroup');
let template: Template;

beforeAll(async () => {
  template = await smallTemplate();
});

/** Cores that a node uses while it computes for about `seconds`. */
async function coresUsed(node: Node, seconds: number): Promise<number> {
  const before = { at: performance.now(), ...(await node.usage())! };
  while (performance.now() - before.at < seconds * 1000) {
    await query(node.app, 'SELECT count(*) FROM generate_series(1, 300000)');
  }
  const after = (await node.usage())!;
  return ((after.cpuSeconds - before.cpuSeconds) * 1000) / (performance.now() - before.at);
}

test.each(['pinning', 'none'] as const)('by %s there is no limit of memory', async (method) => {
  const limiting = limitCpu(method, { name: 'splitbench-x', cpus: 1, memoryBytes: 1e9, slot: 0 });
  await expect(limiting).rejects.toThrow(
    "A budget of 1 core and 1 GB of memory can't be set for splitbench-x (memory is limited by control groups",
  );
});

test('the method found is said in words', () => {
  expect(detail.length).toBeGreaterThan(10);
});

describe.skipIf(!hasGroups)('a budget by control group', () => {
  test('holds each node to a fifth of a core, counts its throttling, and has all its processes inside', async () => {
    const cluster = await startCluster(template, { nodeCpus: 0.2, cpuMethod: method, runId: 'fifth' });
    try {
      for (const node of [cluster.primary, ...cluster.replicas]) {
        expect(node.budget).toEqual({ method, cpus: 0.2 });
        expect(await coresUsed(node, 1.5)).toBeLessThan(0.3);
        const usage = (await node.usage())!;
        expect(usage.throttledSeconds).toBeGreaterThan(0);
        expect(usage.throttledPeriods).toBeGreaterThan(0);
        expect(usage.periods).toBeGreaterThanOrEqual(usage.throttledPeriods!);
        expect(usage.memoryBytes).toBeGreaterThan(1e6);
        // A backend of the queries above may still be on its way out, which leaves its group first.
        await vi.waitFor(() => {
          for (const pid of processTree(node.pid!)) {
            expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toMatch(
              new RegExp(`splitbench-fifth-\\w{6}-${node.name}\n`),
            );
          }
        }, 10_000);
      }
    } finally {
      await cluster[Symbol.asyncDispose]();
    }
    expect(groupsNaming('splitbench-fifth')).toEqual([]);
  });

  test('counts without a limit where none is asked for', async () => {
    const cluster = await startCluster(template, { replicas: 0, cpuMethod: method });
    try {
      expect(cluster.primary.budget).toEqual({ method, cpus: null });
      expect(await coresUsed(cluster.primary, 0.5)).toBeGreaterThan(0);
      expect((await cluster.primary.usage())!.throttledPeriods).toBe(0);
    } finally {
      await cluster[Symbol.asyncDispose]();
    }
  });

  test('is lifted while nothing is measured, and holds again after', async () => {
    const cluster = await startCluster(template, { nodeCpus: 0.1, cpuMethod: method, replicas: 0 });
    try {
      const { primary } = cluster;
      primary.enforceBudget(false);
      const lifted = await coresUsed(primary, 1);
      primary.enforceBudget(true);
      expect(await coresUsed(primary, 1)).toBeLessThan(lifted / 2);
    } finally {
      await cluster[Symbol.asyncDispose]();
    }
  });

  test('of memory holds too, with the page cache of what a node reads and writes', async () => {
    const memoryBytes = 128e6;
    const cluster = await startCluster(template, {
      nodes: [{ name: 'primary', role: 'primary', cpus: null, memoryBytes }],
      cpuMethod: method,
      settings: { ...defaultSettings, shared_buffers: '16MB' },
    });
    try {
      const { primary } = cluster;
      expect(primary.budget).toEqual({ method, cpus: null, memoryBytes });
      await query(
        primary.admin,
        `CREATE TABLE wide AS SELECT repeat('x', 1000) AS text FROM generate_series(1, 200000)`,
      );
      const [{ size }] = await query(primary.admin, `SELECT pg_table_size('wide')::int AS size`);
      const group = groupOf(primary.pid!, method === 'cgroup-v1' ? 'memory' : undefined)!.dir;
      const file = method === 'cgroup-v1' ? 'memory.max_usage_in_bytes' : 'memory.current';
      const used = Number(readFileSync(join(group, file), 'utf8'));
      expect(used).toBeLessThan(Math.min(size, memoryBytes + 1e6));
      expect(used).toBeGreaterThan(memoryBytes / 2);
    } finally {
      await cluster[Symbol.asyncDispose]();
    }
  });

  test('that the kernel refuses is said so, and leaves nothing', async () => {
    const starting = startCluster(template, { nodeCpus: 1e-6, cpuMethod: method, runId: 'refused' });
    await expect(starting).rejects.toMatchObject({ code: 'BUDGET_REFUSED', exitCode: 2 });
    expect(groupsNaming('splitbench-refused')).toEqual([]);
  });
});

describe.skipIf(process.platform !== 'linux')('without control groups', () => {
  const methods = (['pinning', 'none'] as CpuMethod[]).filter(
    (each) => each === 'none' || hasProgram('taskset'),
  );
  test.each(methods)('%s counts CPU and memory by process, and never falls', async (each) => {
    const cluster = await startCluster(template, { nodeCpus: 0.5, cpuMethod: each, replicas: 0 });
    try {
      const { primary } = cluster;
      expect(primary.budget).toEqual({ method: each, cpus: each === 'pinning' ? 1 : null });
      expect(await coresUsed(primary, 0.5)).toBeGreaterThan(0.05);
      const usage = (await primary.usage())!;
      // The backends that did it are gone by now.
      expect((await primary.usage())!.cpuSeconds).toBeGreaterThanOrEqual(usage.cpuSeconds);
      expect(usage.memoryBytes).toBeGreaterThan(1e6);
      expect(usage).toMatchObject({ throttledSeconds: null, periods: null, throttledPeriods: null });
      if (each === 'pinning') {
        const allowed = processTree(primary.pid!).flatMap(
          (pid) => /Cpus_allowed_list:\s*(\S+)/.exec(readProc(pid, 'status'))?.[1] ?? [],
        );
        expect(allowed.length).toBeGreaterThan(3);
        for (const cores of allowed) expect(parseCoreList(cores)).toHaveLength(1);
      }
    } finally {
      await cluster[Symbol.asyncDispose]();
    }
  });
});

describe('pinning', () => {
  test('gives nodes different cores while there are enough, and always as many as asked for', () => {
    const cores = fc.uniqueArray(fc.nat(255), { minLength: 1, maxLength: 64 });
    fc.assert(
      fc.property(cores, fc.double({ min: 0.1, max: 32, noNaN: true }), (allowed, cpus) => {
        const at = (slot: number) => coresFor({ cpus, slot, allowed });
        const [primary, replica] = [at(0), at(1)];
        const count = Math.min(Math.ceil(cpus), allowed.length);
        expect([new Set(primary).size, new Set(replica).size]).toEqual([count, count]);
        if (2 * count <= allowed.length) expect(new Set([...primary, ...replica]).size).toBe(2 * count);
      }),
    );
  });

  test('reads the kernel’s lists of cores', () => {
    expect(parseCoreList('0-2,5,7-8')).toEqual([0, 1, 2, 5, 7, 8]);
  });
});
