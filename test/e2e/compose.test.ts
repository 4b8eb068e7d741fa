import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askCompose } from '../../src/cluster/compose/docker.js';
import { packageRoot } from '../../src/machine/entry.js';
import type { RunRecord } from '../../src/record/run.js';
import { ITEMS } from '../cluster/restore/items.js';
import { hasProgram } from '../cluster/support.js';
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

const DUMP = `${ITEMS}ALTER TABLE public.item OWNER TO shopper;
`;

/** Reads, with parameters of types that have to be found out, and writes, as a role that is no superuser. */
const TRACE = [
  {
    schema: 'splitbench.trace/1',
    kind: 'sql',
    workload: 'shop',
    tellsFailures: true,
    meta: { database: 'shop' },
  },
  ...Array.from({ length: 60 }, (_, i) => ({
    ...{ dueUs: i * 30_000, session: i % 3, priority: 'low', ...(i < 3 && { user: 'shopper' }) },
    ...(i % 4 === 0
      ? {
          category: 'write',
          sql: {
            text: `UPDATE item SET name = $1 WHERE current_user = 'shopper' AND id = $2`,
            values: [`n${i}`, '1'],
          },
        }
      : { category: 'read', sql: { text: 'SELECT name FROM item WHERE id = $1', values: ['2'] } }),
  })),
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

  it.skipIf(!hasProgram('psql'))(
    'plays a captured trace on a dump of its data, as the roles that it was captured as',
    { timeout: 300_000 },
    async () => {
      writeFileSync(join(folder, 'shop.sql'), DUMP);
      writeFileSync(join(folder, 'globals.sql'), 'CREATE ROLE shopper;\nALTER ROLE shopper WITH NOLOGIN;\n');
      writeFileSync(join(folder, 'shop.trace'), TRACE.map((line) => `${JSON.stringify(line)}\n`).join(''));
      const captured = ['--workload', 'shop.trace', '--snapshot', 'shop.sql', '--globals', 'globals.sql'];
      const baseline = await recordOfRun(folder, 'baseline', '--cluster', 'compose', ...captured);
      const split = await recordOfRun(folder, 'split');
      for (const { plan, accounting } of [baseline, split]) {
        expect(plan.workload.snapshot).toMatchObject({ database: 'shop' });
        expect(accounting).toMatchObject({ captured: 60, ok: 60, failed: 0, skipped: 0, notSent: 0 });
      }
      expect(split.nodes[1]!.name).toBe('replica');
      expect(remains()).toEqual([]);

      mkdirSync(join(folder, 'data'), { recursive: true });
      writeFileSync(join(folder, 'data/PG_VERSION'), '15\n');
      const args = [
        'run',
        'baseline',
        '--cluster',
        'compose',
        '--workload',
        'shop.trace',
        '--snapshot',
        'data',
      ];
      const { code, stderr } = await runBench(folder, args);
      expect(code).toBe(2);
      expect(stderr).toContain('give a dump that pg_dump wrote, or replay it with --cluster embedded');
    },
  );

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
          menu(baseline).then(
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
        `${folder}:/home/bench/kept`,
        'bench',
        'run',
        ...args,
        '--out',
        'kept',
        '--json',
      ];
      const { file } = JSON.parse(await compose(...bench));
      return JSON.parse(readFileSync(join(folder, file.replace('kept/', '')), 'utf8'));
    };
    const baseline = await record(
      'baseline',
      '--rate',
      '20',
      '--duration',
      '12s',
      '--warmup',
      '1s',
      '--scale',
      '0.05',
    );
    const split = await record('split');
    expect(split.plan).toEqual(baseline.plan);
    expect(split.lag?.commitToVisible.count).toBeGreaterThan(0);
    for (const { series } of split.nodes) expect(series.cpuCores.length).toBeGreaterThan(3);
    for (const { reads } of split.volume) expect(reads.calls).toBeGreaterThan(0);
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
