import os from 'node:os';
import { expect, it } from 'vitest';
import { controlCpus } from '../../src/cluster/sides.js';
import type { CpuMethod } from '../../src/record/pure.js';

/** Cores of a control to two nodes that have so many each. */
function control(cpus: number | null, cpuMethod: CpuMethod): number {
  const nodes = (['primary', 'replica'] as const).map((role) => ({ name: role, role, cpus }));
  return controlCpus({ nodes, cpuMethod });
}

it('a control that the machine has no cores for is one sentence', () => {
  const cores = os.availableParallelism();
  expect(() => control(cores / 2 + 0.1, 'cgroup-v2')).toThrow(`--node-cpus ${cores / 2} or less`);
  expect(() => control(0.5, 'none')).toThrow(/No CPU budgets/);
  expect(() => control(null, 'cgroup-v2')).toThrow(/No CPU budgets/);
});

it.skipIf(os.availableParallelism() < 2)('pinned nodes have whole cores, and a control those of two', () => {
  expect(control(0.5, 'pinning')).toBe(2);
  expect(control(0.5, 'cgroup-v1')).toBe(1);
});
