import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { cpuReader } from '../../../src/cluster/external/cpu/sources.js';
import { nodes } from '../../../src/observe/nodes.js';
import { parseOptions } from '../../../src/plan/options.js';
import type { CpuSource } from '../../../src/record/plan.js';
import { policies } from '../../../src/router/index.js';
import { startPrometheus } from './prometheus-server.js';

const { signal } = new AbortController();
const server = { pid: null, cpus: 4, signal };

/** What a config's server becomes in a plan. */
function sourceOf(cpu: unknown): CpuSource {
  const options = parseOptions({ primary: { url: 'postgres://db/shop', cpus: 4, cpu } }, (option) => option);
  return options.primary!.cpu!;
}

test('a Prometheus tells CPU by the ready-made query of an exporter, and by one of one’s own', async () => {
  await using prometheus = await startPrometheus();
  const { url } = prometheus;
  const counter = await cpuReader(
    sourceOf({ from: 'prometheus', url, exporter: 'node_exporter', stepS: 1 }),
    server,
  );
  expect(counter).toMatchObject({ stepMs: 1000, pollMs: 1000 });
  prometheus.set(50);
  await expect.poll(async () => (await counter.read()).cpuSeconds, { timeout: 5000 }).toBe(100);

  const own = { from: 'prometheus', url, stepS: 5 };
  prometheus.set(0.25);
  const share = await cpuReader(
    sourceOf({ ...own, query: 'sum(node_cpu_seconds_total)', gives: 'share' }),
    server,
  );
  await expect.poll(async () => (await share.read()).cpuSeconds, { timeout: 5000 }).toBeGreaterThan(0);
  await sleep(1500);
  const [before, at] = [(await share.read()).cpuSeconds, performance.now()];
  await sleep(1500);
  // Half of four cores.
  const grown = (await share.read()).cpuSeconds - before;
  expect(grown / ((performance.now() - at) / 1000)).toBeCloseTo(2, 0);

  const several = await cpuReader(
    sourceOf({ ...own, query: 'node_cpu_seconds_total', gives: 'seconds' }),
    server,
  );
  await expect(several.read()).rejects.toThrow('the query gives 2 series where it must give one');
}, 30_000);

test('the ready-made queries', () => {
  const query = (exporter: string, labels?: string) =>
    sourceOf({ from: 'prometheus', url: 'http://p:9090', exporter, labels, stepS: 15 });
  expect(query('node_exporter', 'instance="db:9100"')).toMatchObject({
    query: 'sum(node_cpu_seconds_total{mode!~"idle|iowait|steal",instance="db:9100"})',
    gives: 'seconds',
  });
  expect(query('cadvisor', 'name="db"')).toMatchObject({
    query: 'sum(container_cpu_usage_seconds_total{name="db"})',
    gives: 'seconds',
  });
  expect(query('cloudwatch', 'dbinstance_identifier="db"')).toMatchObject({
    query: 'max(aws_rds_cpuutilization_average{dbinstance_identifier="db"}) / 100',
    gives: 'share',
  });
});

test('a command tells CPU seconds, and what it says else is no count', async () => {
  const command = (command: string) => cpuReader(sourceOf({ from: 'command', command, stepS: 2 }), server);
  expect(await (await command('echo 12.5')).read()).toEqual({ cpuSeconds: 12.5 });
  await expect((await command('echo none')).read()).rejects.toThrow(
    'prints "none" where a number must stand',
  );
  await expect((await command('echo no route >&2; exit 7')).read()).rejects.toThrow('ends with 7: no route');
});

test('the kernel counts only what runs here', async () => {
  await expect(cpuReader(sourceOf('kernel'), server)).rejects.toThrow('not on this machine');
  const here = await cpuReader(sourceOf('kernel'), { ...server, pid: process.pid });
  expect((await here.read()).cpuSeconds).toBeGreaterThan(0);
});

/** Needs what test/e2e/compose.test.ts does. */
test.runIf(process.env.BENCH_TEST_DOCKER === '1')(
  'the engine counts a container, by its name or its id (BENCH_TEST_DOCKER=1)',
  async () => {
    const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' }).trim();
    const name = `splitbench-busy-${process.pid}`;
    const image = process.env.POSTGRES_IMAGE ?? 'postgres:18';
    const id = docker('run', '--detach', '--rm', '--name', name, image, 'sh', '-c', 'while :; do :; done');
    const end = new AbortController();
    const from = (name: string) =>
      cpuReader(sourceOf({ from: 'container', name }), { ...server, signal: end.signal });
    try {
      for (const called of [name, id.slice(0, 12)]) {
        const reader = await from(called);
        const before = await reader.read();
        expect(before.memoryBytes).toBeGreaterThan(0);
        await expect
          .poll(async () => (await reader.read()).cpuSeconds, { timeout: 10_000 })
          .toBeGreaterThan(before.cpuSeconds + 0.05);
      }
      await expect(from('splitbench-nobody')).rejects.toThrow('no container that runs is called');
    } finally {
      end.abort();
      docker('rm', '--force', name);
    }
  },
  60_000,
);

test.each([
  { url: 'postgres://db/shop', cpu: { from: 'command', command: 'x', stepS: 1 } },
  {
    url: 'postgres://db/shop',
    cpus: 2,
    cpu: { from: 'prometheus', url: 'http://a:b@p', query: 'x', gives: 'share', stepS: 1 },
  },
  { url: 'postgres://db/shop', cpus: 2, cpu: { from: 'guess' } },
])('what says too little, or holds a password, is refused and not repeated: %o', (primary) => {
  const parse = () => parseOptions({ primary }, (option) => option);
  expect(parse).toThrow(/^primary must be a URL, or \{ url, cpus, cpu, reservedFor/);
  expect(parse).not.toThrow(/given|a:b/);
});

describe('a source with steps', () => {
  const watchOf = async (usageStepMs: number) => {
    let reading = 0;
    const node = {
      ...{ name: 'primary', role: 'primary', pid: null, usageStepMs, budget: { method: 'none', cpus: 2 } },
      usage: async () => ({
        ...{ cpuSeconds: reading++ * 0.1, memoryBytes: null },
        ...{ throttledSeconds: null, periods: null, throttledPeriods: null },
      }),
    };
    const cluster = { primary: node, replicas: [] };
    // biome-ignore lint/suspicious/noExplicitAny: of a scene it looks at the nodes alone
    const watching = await nodes.start({ cluster, service: null, policy: policies.balanced } as any);
    const startMs = Date.now() + 50;
    await sleep(600);
    await watching.stop();
    return watching.result({ startMs, endMs: startMs + 500 })[0]!;
  };

  test('is measured if they are short beside the window, else not at all', async () => {
    expect((await watchOf(50)).utilisation).toBeGreaterThan(0);
    expect(await watchOf(51)).toMatchObject({ cpuSeconds: null, utilisation: null });
  });
});
