import { expect, it } from 'vitest';
import { plannedNodes } from '../../src/plan/nodes.js';
import { parseOptions } from '../../src/plan/options.js';

const options = { replicas: 1, analyticsReplica: false, nodeCpus: 0.5 };
const namesOf = (asked: Partial<typeof options>) =>
  plannedNodes({ ...options, ...asked }).map(({ name }) => name);

it('a split has a primary and as many replicas as were asked for, the one for analytics last', () => {
  expect(namesOf({})).toEqual(['primary', 'replica']);
  expect(namesOf({ replicas: 3, analyticsReplica: true })).toEqual([
    'primary',
    'replica',
    'replica-2',
    'replica-3',
    'analytics-replica',
  ]);
  const reserved = plannedNodes({ ...options, analyticsReplica: true }).filter((node) => node.reservedFor);
  expect(reserved).toEqual([
    { name: 'analytics-replica', role: 'replica', cpus: 0.5, reservedFor: 'analytics' },
  ]);
});

it('all nodes have the memory that is asked for, and single ones their own', () => {
  const nodes = parseOptions({ nodeMemory: '1GB', nodes: { replica: { memory: '512mb' } } }, String);
  expect(plannedNodes(nodes).map(({ memoryBytes }) => memoryBytes)).toEqual([1e9, 512e6]);
  expect(() => parseOptions({ nodeMemory: 'much' }, String)).toThrow(
    'nodeMemory is not a size: write 512MB, 1.5GB or a number of bytes (given: "much").',
  );
  expect(() => parseOptions({ nodeMemory: '1MB' }, String)).toThrow('nodeMemory must be at least 64MB');
});

it('single nodes have budgets, settings and weights of their own, by name', () => {
  const nodes = { replica: { cpus: 1, settings: { work_mem: '64MB' }, weight: 2 } };
  expect(plannedNodes({ ...options, nodes })).toEqual([
    { name: 'primary', role: 'primary', cpus: 0.5 },
    { name: 'replica', role: 'replica', cpus: 1, settings: { work_mem: '64MB' }, weight: 2 },
  ]);
  const unknown = () => plannedNodes({ ...options, nodes: { 'replica-2': { cpus: 1 } } });
  expect(unknown).toThrow('"nodes" has "replica-2", and the servers are primary, replica');
  const weighed = () => plannedNodes({ ...options, nodes: { primary: { weight: 2 } } });
  expect(weighed).toThrow('"nodes" has a weight of the primary: only replicas share reads by it.');
});
