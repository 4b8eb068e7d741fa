import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askCompose } from '../../src/cluster/compose/docker.js';
import { packageRoot } from '../../src/machine/entry.js';
import type { RunRecord } from '../../src/record/run.js';
import { recordOfRun, runBench } from './bench.js';

/**
 * Needs a Docker engine on this machine with Compose, and images with PostgreSQL and with Node 20 that can be had here
 * (POSTGRES_IMAGE and NODE_IMAGE, by default the official ones): BENCH_TEST_DOCKER=1 says that they are there.
 */
const here = process.env.BENCH_TEST_DOCKER === '1';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const short = [
  '--cluster',
  'compose',
  '--rate',
  '20',
  '--duration',
  '3s',
  '--warmup',
  '1s',
  '--scale',
  '0.05',
  '--node-memory',
  '600MB',
];

/** Of the bench's projects, what the engine has now. */
function remains(): string[] {
  const filter = ['--filter', 'name=splitbench-'];
  return ['container', 'network', 'volume'].flatMap((kind) =>
    execFileSync('docker', [kind, 'ls', '--quiet', ...(kind === 'container' ? ['--all'] : []), ...filter], {
      encoding: 'utf8',
    })
      .split('\n')
      .filter(Boolean),
  );
}

describe.runIf(here)('servers in containers (BENCH_TEST_DOCKER=1)', () => {
  it('measures both sides of a plan and leaves nothing behind', { timeout: 300_000 }, async () => {
    const more = ['--replicas', '2', '--analytics-replica'];
    const baseline = await recordOfRun(folder, 'baseline', ...short, ...more);
    const split = await recordOfRun(folder, 'split');
    expect(baseline.plan.topology).toMatchObject({ kind: 'compose', cpuMethod: 'container' });
    expect(split.nodes.map(({ name }) => name)).toEqual([
      'primary',
      'replica',
      'replica-2',
      'analytics-replica',
    ]);
    expect(split.lag!.others).toHaveLength(2);
    for (const { budget, cpuSeconds, memoryBytesMean } of [...baseline.nodes, ...split.nodes]) {
      expect(budget).toEqual({ method: 'container', cpus: 0.5, memoryBytes: 600e6 });
      expect(cpuSeconds).toBeGreaterThan(0);
      expect(memoryBytesMean).toBeGreaterThan(1e6);
    }
    expect(split.lag?.commitToVisible.count).toBeGreaterThan(0);
    expect(remains()).toEqual([]);
    expect((await runBench(folder, ['compare'])).code).toBeLessThan(4);
  });

  it('what a killed bench left is removed by the next', { timeout: 300_000 }, async () => {
    const bench = spawn(process.execPath, [join(packageRoot, 'bin/bench.js'), 'run', 'baseline', ...short], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    for await (const words of bench.stderr.setEncoding('utf8')) {
      if (String(words).includes('starting the primary')) break;
    }
    const deadline = Date.now() + 60_000;
    while (remains().length === 0 && Date.now() < deadline) await sleep(100);
    bench.kill('SIGKILL');
    await once(bench, 'exit');
    expect(remains()).not.toEqual([]);
    await recordOfRun(folder, 'baseline', ...short);
    expect(remains()).toEqual([]);
  });
});

describe.runIf(here)('the playground (BENCH_TEST_DOCKER=1)', () => {
  const project = `splitbench-playground-${process.pid}`;
  const env = {
    POSTGRES_PASSWORD: 'playground',
    // Any that are free.
    ...{ PRIMARY_PORT: '0', REPLICA_PORT: '0', SERVICE_PORT: '0', BASELINE_PORT: '0' },
  };
  const compose = (...args: string[]) =>
    askCompose(
      ['--file', join(packageRoot, 'docker-compose.yml'), '--project-name', project, ...PROFILES, ...args],
      { env },
    );
  const PROFILES = ['service', 'bench'].flatMap((profile) => ['--profile', profile]);

  beforeAll(async () => {
    await compose('build');
    await compose('up', '--detach', 'service');
  }, 600_000);
  afterAll(() => compose('down', '--volumes'), 60_000);

  it('serves SmartMenu with the split, and on the primary alone', { timeout: 180_000 }, async () => {
    const urlOf = async (port: string) => `http://${(await compose('port', 'service', port)).trim()}`;
    const [split, baseline] = [await urlOf('4000'), await urlOf('4001')];
    const menu = (url: string) => fetch(`${url}/restaurants/1/menu`);
    await expect
      .poll(
        () =>
          menu(split).then(
            ({ ok }) => ok,
            () => false,
          ),
        { timeout: 170_000 },
      )
      .toBe(true);
    expect(await (await menu(split)).json()).toMatchObject({ restaurant: 1 });
    expect((await menu(baseline)).headers.get('x-splitbench-reason')).toBe('no-replica');
    const { router } = (await (await fetch(`${split}/-/stats`)).json()) as {
      router: { pools: { node: string }[] };
    };
    expect(router.pools.map(({ node }) => node)).toEqual(['primary', 'replica']);
  });

  it('has the bench in it, which measures its servers', { timeout: 240_000 }, async () => {
    const record = async (...args: string[]): Promise<RunRecord> => {
      const bench = [
        'run',
        '--rm',
        '-T',
        '--volume',
        `${folder}:/work/reports`,
        'bench',
        'run',
        ...args,
        '--json',
      ];
      const { file } = JSON.parse(await compose(...bench));
      return JSON.parse(readFileSync(join(folder, file.replace('reports/', '')), 'utf8'));
    };
    const baseline = await record(
      'baseline',
      '--rate',
      '20',
      '--duration',
      '3s',
      '--warmup',
      '1s',
      '--scale',
      '0.05',
    );
    const split = await record('split');
    expect(split.plan).toEqual(baseline.plan);
    expect(split.lag?.commitToVisible.count).toBeGreaterThan(0);
  });
});

it('a machine without Docker is told what it lacks', async () => {
  const empty = { PATH: folder };
  const { code, stderr } = await runBench(folder, ['run', 'baseline', ...short], empty);
  expect(code).toBe(2);
  expect(stderr).toContain("docker can't be run (there is no such program): install Docker");
});

it('the standby and the primary are made by scripts that a shell takes', () => {
  for (const name of ['primary.sh', 'standby.sh'])
    execFileSync('sh', ['-n', join(packageRoot, 'src/cluster/compose/image', name)]);
  // What both Compose 1.28 and 2 read: an interpolated cpu_quota means microseconds to one and a duration to the other.
  expect(readFileSync(join(packageRoot, 'docker-compose.yml'), 'utf8')).toMatch(/cpu_quota: \d+$/m);
});
