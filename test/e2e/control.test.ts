import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { detectCpuMethod } from '../../src/cluster/budget/methods.js';
import { controlCpus } from '../../src/cluster/sides.js';
import type { CpuMethod } from '../../src/record/pure.js';
import type { Scorecard } from '../../src/score/scorecard.js';
import { recordOfRun, runBench } from './bench.js';

/** Baseline, split and control with a short plan. Where no CPU budget can be set there is no control. */

let folder: string;
const bench = (...args: string[]) => runBench(folder, args);
const SHORT = ['--scale', '0.05', '--rate', '80', '--duration', '6s', '--warmup', '1s'];

const { method } = await detectCpuMethod();
const canControl = method !== 'none' && os.availableParallelism() >= 2;

beforeAll(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-e2e-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (side: string, ...args: string[]) => recordOfRun(folder, side, ...args);

it.skipIf(!canControl)(
  'a control follows the baseline’s plan on one primary with both budgets, and stands in the report',
  async () => {
    const baseline = await run('baseline', ...SHORT);
    await run('split');
    const control = await run('control');
    expect(control).toMatchObject({ side: 'control', planHash: baseline.planHash, lag: null });
    expect(control.nodes.map(({ name }) => name)).toEqual(['primary']);
    expect(control.nodes[0]!.budget.cpus).toBe(2 * baseline.nodes[0]!.budget.cpus!);
    const { reads, readCallsByBlock } = control.volume[0]!;
    expect(reads.calls).toBeGreaterThan(0);
    expect(readCallsByBlock).toHaveLength(control.load.window.blocks.length);
    expect(readCallsByBlock.reduce((sum, calls) => sum + calls, 0)).toBe(reads.calls);

    const compared = await bench('compare', '--out', 'report');
    expect([0, 1, 3], compared.stderr).toContain(compared.code);
    const card: Scorecard = JSON.parse(await readFile(join(folder, 'report/compare.json'), 'utf8'));
    expect(card.control).toMatchObject({ runs: [control.id] });
    const cpu = card.scorecard.find((row) => row.id === 'primary-cpu')!;
    expect(cpu.control).toBeCloseTo(control.nodes[0]!.utilisation! * 200, 9);
    expect(await readFile(join(folder, 'report/compare.html'), 'utf8')).toContain('>Control</th>');

    const other = await run('control', ...SHORT, '--rate', '70', '--duration', '1s');
    const again = await bench('compare', '--out', 'again');
    expect(again.stderr).toBe('');
    expect(JSON.parse(await readFile(join(folder, 'again/compare.json'), 'utf8')).control.runs).toEqual([
      control.id,
    ]);
    const refused = await bench('compare', '--control', join('reports', other.id), '--out', 'refused');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/rate/) });
  },
  240_000,
);

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
