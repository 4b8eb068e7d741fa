import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/machine/entry.js';
import { query } from '../cluster/support.js';
import { runBench } from './bench.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('serves SmartMenu on a primary and a replica until it is stopped', { timeout: 60_000 }, async () => {
  const args = [join(packageRoot, 'bin/bench.js'), 'serve', '--port', '0', '--scale', '0.05', '--json'];
  const bench = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  bench.stderr.resume();
  const exited = once(bench, 'exit');
  const [said] = await once(bench.stdout, 'data');
  const { url, policy, nodes } = JSON.parse(String(said));
  expect(policy).toBe('balanced');
  expect(nodes.map(({ name }: { name: string }) => name)).toEqual(['primary', 'replica']);
  const menu = await fetch(`${url}/restaurants/1/menu`);
  expect(menu.status).toBe(200);
  expect(await menu.json()).toMatchObject({ restaurant: 1 });
  for (const node of nodes) {
    const [{ standby }] = await query(node.url, 'SELECT pg_is_in_recovery() AS standby');
    expect(standby).toBe(node.name === 'replica');
  }
  bench.kill('SIGTERM');
  expect(await exited).toEqual([130, null]);
  await expect(fetch(url)).rejects.toThrow();
});

it('refuses what it cannot serve in a sentence', async () => {
  const trace = await runBench(folder, ['serve', '--port', 'many']);
  expect(trace).toMatchObject({
    code: 2,
    stderr: 'bench: --port must be a number from 0 to 65535 (given: "many").\n',
  });
  const side = await runBench(folder, ['serve', '--side', 'both']);
  expect(side.stderr).toContain('--side must be one of baseline, split, control (given: "both")');
});
