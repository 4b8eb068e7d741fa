import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A Prometheus that knows of one server's CPU. */
export interface PrometheusServer extends AsyncDisposable {
  url: string;
  isReal: boolean;
  /** What the exporter says from now on, in CPU seconds. */
  set(cpuSeconds: number): void;
}

/** The real one where it is installed; else an endpoint that answers as its API does. */
export async function startPrometheus(): Promise<PrometheusServer> {
  let cpuSeconds = 0;
  const set = (now: number) => {
    cpuSeconds = now;
  };
  const isReal = spawnSync('prometheus', ['--version']).status === 0;
  const answer = isReal
    ? () => METRICS.map((line) => `${line} ${cpuSeconds}\n`).join('')
    : (query: string) => JSON.stringify(apiAnswer(query, cpuSeconds));
  const { server, port } = await listen(answer);
  const close = () => new Promise((closed) => server.close(closed));
  if (!isReal)
    return {
      url: `http://127.0.0.1:${port}`,
      isReal,
      set,
      [Symbol.asyncDispose]: async () => void (await close()),
    };
  const folder = mkdtempSync(join(tmpdir(), 'splitbench-prometheus-'));
  const config = join(folder, 'prometheus.yml');
  writeFileSync(
    config,
    `scrape_configs: [{ job_name: node, scrape_interval: 1s, static_configs: [{ targets: ['127.0.0.1:${port}'] }] }]`,
  );
  const { server: probe, port: own } = await listen(() => '');
  await new Promise((closed) => probe.close(closed));
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${folder}`,
    `--web.listen-address=127.0.0.1:${own}`,
  ];
  const child = spawn('prometheus', args, { stdio: 'ignore' });
  const url = `http://127.0.0.1:${own}`;
  for (let tries = 0; tries < 100; tries++) {
    const said = await fetch(`${url}/api/v1/query?query=node_cpu_seconds_total`).then(
      (r) => r.text(),
      () => '',
    );
    if (said.includes('"value"')) break;
    await sleep(200);
  }
  return {
    ...{ url, isReal, set },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await once(child, 'exit');
      await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** As node_exporter has them, and an idle core that doesn't count. */
const METRICS = [
  'node_cpu_seconds_total{cpu="0",mode="user"}',
  'node_cpu_seconds_total{cpu="1",mode="system"}',
];

function apiAnswer(query: string, cpuSeconds: number) {
  const value = [Date.now() / 1000, String(cpuSeconds)];
  const series = [{ metric: {}, value }];
  const result = query.startsWith('sum')
    ? [{ metric: {}, value: [value[0], String(2 * cpuSeconds)] }]
    : [...series, ...series];
  return {
    status: 'success',
    data: { resultType: 'vector', result: query.includes('nothing') ? [] : result },
  };
}

async function listen(answer: (query: string) => string): Promise<{ server: Server; port: number }> {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
    response.end(answer(searchParams.get('query') ?? ''));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}
