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

/** What `bench serve` says once all is up, and how it ends when it is stopped. */
async function serve(args: string[], env: NodeJS.ProcessEnv = {}) {
  const argv = [
    join(packageRoot, 'bin/bench.js'),
    'serve',
    '--port',
    '0',
    '--scale',
    '0.05',
    '--json',
    ...args,
  ];
  const bench = spawn(process.execPath, argv, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  bench.stderr.resume();
  const exited = once(bench, 'exit');
  const [said] = await once(bench.stdout, 'data');
  return {
    ...(JSON.parse(String(said)) as { url: string; policy: string; nodes: { name: string; url: string }[] }),
    async stop() {
      bench.kill('SIGTERM');
      expect(await exited).toEqual([130, null]);
    },
  };
}

it('serves SmartMenu on a primary and a replica until it is stopped', { timeout: 60_000 }, async () => {
  const { url, policy, nodes, stop } = await serve([]);
  expect(policy).toBe('balanced');
  expect(nodes.map(({ name }) => name)).toEqual(['primary', 'replica']);
  const menu = await fetch(`${url}/restaurants/1/menu`);
  expect(menu.status).toBe(200);
  expect(await menu.json()).toMatchObject({ restaurant: 1 });
  for (const node of nodes) {
    const [{ standby }] = await query(node.url, 'SELECT pg_is_in_recovery() AS standby');
    expect(standby).toBe(node.name === 'replica');
  }

  // The same on servers that are somebody's, as these are to another bench.
  const [primary, replica] = nodes.map((node) => new URL(node.url));
  const PGPASSWORD = primary!.password;
  for (const server of [primary!, replica!])
    Object.assign(server, { username: 'splitbench', password: '', pathname: '/tried' });
  const prepared = await runBench(folder, ['prepare', primary!.href], { PGPASSWORD });
  expect(prepared.code, prepared.stderr).toBe(0);
  const where = ['--cluster', 'external', '--primary', primary!.href, '--replica', replica!.href];
  const there = await serve([...where, '--host', '0.0.0.0'], { PGPASSWORD });
  expect(there.nodes).toMatchObject([
    { name: 'primary', url: primary!.href },
    { name: 'replica', url: replica!.href },
  ]);
  // Of this machine, but not the address that it listens on by default.
  const menuThere = await fetch(`${there.url.replace('127.0.0.1', '127.0.0.2')}/restaurants/1/menu`);
  expect(await menuThere.json()).toMatchObject({ restaurant: 1 });
  await there.stop();
  expect(await query(primary!.href.replace('@', `:${PGPASSWORD}@`), 'SELECT FROM restaurants')).not.toEqual(
    [],
  );

  await stop();
  await expect(fetch(url)).rejects.toThrow();
});

it('refuses what it cannot serve in a sentence', async () => {
  const trace = await runBench(folder, ['serve', '--port', 'many']);
  expect(trace).toMatchObject({
    code: 2,
    stderr: 'bench: --port must be a number from 0 to 65535 (given: "many"). [OPTION_INVALID]\n',
  });
  const side = await runBench(folder, ['serve', '--side', 'both']);
  expect(side.stderr).toContain('--side must be one of baseline, split, control (given: "both")');
});
