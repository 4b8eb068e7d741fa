// Starts a primary and a replica with the built bench, says so, and holds them until it is killed.
import { pathToFileURL } from 'node:url';

const [dist, runId] = process.argv.slice(2);
const load = (file) => import(new URL(file, pathToFileURL(`${dist}/`)).href);
const { ensureTemplate } = await load('cluster/template/template.js');
const { defaultSettings } = await load('cluster/settings.js');
const { startEmbeddedCluster } = await load('cluster/embedded/start.js');
const { detectCpuMethod } = await load('cluster/budget/methods.js');
const { registerChild } = await load('machine/run-dir.js');
const { spawn } = await import('node:child_process');
const { once } = await import('node:events');

const signal = new AbortController().signal;
const { method } = await detectCpuMethod();
const template = await ensureTemplate({
  label: 'held',
  key: {},
  database: 'held',
  load: async () => {},
  signal,
});
const cluster = await startEmbeddedCluster({
  template,
  nodes: ['primary', 'replica'].map((role) => ({ name: role, role, cpus: 0.5 })),
  cpuMethod: method,
  settings: defaultSettings,
  runId,
  signal,
});
// One that has something else do its work, as `go build` does.
const child = spawn('sh', ['-c', 'sleep 600 & echo $!; wait'], {
  detached: true,
  stdio: ['ignore', 'pipe', 'ignore'],
});
const [grandchild] = (await once(child.stdout, 'data')).map(Number);
registerChild(runId, child.pid);
const nodes = [cluster.primary, ...cluster.replicas];
const usage = await Promise.all(nodes.map((node) => node.usage()));
process.on('SIGTERM', async () => {
  process.kill(-child.pid);
  await cluster[Symbol.asyncDispose]();
  process.exit(0);
});
console.log(
  JSON.stringify({ pids: nodes.map((node) => node.pid), children: [child.pid, grandchild], method, usage }),
);
