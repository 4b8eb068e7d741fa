import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveK6 } from '../../src/load/index.js';
import { packageRoot } from '../../src/machine/entry.js';
import type { RunRecord } from '../../src/record/run.js';
import { runBench } from './bench.js';

/* What the README does by hand: an application that others run, driven by scenarios/menu-browse.ts, while the bench looks on. */

const SCENARIO = join(packageRoot, 'scenarios/menu-browse.ts');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Served {
  url: string;
  baselineUrl: string;
  nodes: { monitorUrl: string }[];
}

async function serve() {
  const args = [join(packageRoot, 'bin/bench.js'), 'serve', '--port', '0', '--baseline-port', '0'];
  const stdio = ['ignore', 'pipe', 'ignore'] as const;
  const bench = spawn(process.execPath, [...args, '--scale', '0.05', '--json'], {
    cwd: folder,
    stdio: [...stdio],
  });
  const exited = once(bench, 'exit');
  const [said] = await once(bench.stdout!, 'data');
  return {
    served: JSON.parse(String(said)) as Served,
    async [Symbol.asyncDispose]() {
      bench.kill('SIGTERM');
      await exited;
    },
  };
}

describe.skipIf((await resolveK6()) === null)('an application of the user’s own', () => {
  it('is measured on both sides, and compared', { timeout: 60_000 }, async () => {
    await using serving = await serve();
    const { url, baselineUrl, nodes } = serving.served;
    const [primary, replica] = nodes.map(({ monitorUrl }) => new URL(monitorUrl));
    const env = { PGPASSWORD: primary!.password };
    primary!.password = replica!.password = '';
    const servers = ['--primary', primary!.href, '--replica', replica!.href];
    const run = async (...args: string[]): Promise<RunRecord> => {
      const { code, stdout, stderr } = await runBench(folder, ['run', ...args, '--json'], env);
      expect(code, stderr).toBe(0);
      return JSON.parse(readFileSync(join(folder, JSON.parse(stdout).file), 'utf8'));
    };
    const target = `baseline=${baselineUrl},split=${url}`;
    const load = ['--rate', '20', '--warmup', '1s', '--duration', '2s'];
    const baseline = await run('baseline', '--scenario', SCENARIO, '--target', target, ...servers, ...load);
    const split = await run('split');
    for (const { accounting, load, plan, nodes } of [baseline, split]) {
      expect(plan.workload).toMatchObject({ kind: 'application', name: 'menu-browse' });
      expect(accounting.ok).toBeGreaterThan(80);
      expect(accounting.byCategory.analytics.ok).toBeGreaterThan(0);
      expect(load.window.lateness.count).toBeGreaterThan(30);
      expect(load.window.operations).toMatchObject({ menu: 'read', report: 'analytics' });
      expect(load.scenario).toMatchObject({ notStarted: 0 });
      expect(load.scenario!.thresholds).toHaveLength(3);
      expect(load.scenario!.checks.map(({ name }) => name)).toContain('the menu is there');
      expect(nodes[0]!.cpuSeconds).toBeGreaterThan(0);
    }
    const readsOn = ({ volume }: RunRecord, node: string) =>
      volume.find((each) => each.node === node)?.reads.calls;
    expect(readsOn(baseline, 'primary')).toBeGreaterThan(20);
    expect(readsOn(split, 'replica')).toBeGreaterThan(10);
    expect(split.lag?.followed).toBe('positions');

    const { stdout } = await runBench(folder, ['compare', '--json']);
    const { checks } = JSON.parse(stdout) as { checks: { id: string; state: string; found: string }[] };
    const states = Object.fromEntries(checks.map(({ id, state }) => [id, state]));
    expect(states).toMatchObject({
      'accounting-adds-up': 'holds',
      'all-sent': 'holds',
      'same-plan': 'holds',
      'statements-counted': 'holds',
    });
  });
});
