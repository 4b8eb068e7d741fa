import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { detectCpuMethod } from '../../src/cluster/budget/methods.js';
import type { ConnectionConfig } from '../../src/cluster/cluster.js';
import { type EmbeddedClusterOptions, startEmbeddedCluster } from '../../src/cluster/embedded/start.js';
import { defaultSettings } from '../../src/cluster/settings.js';
import { ensureTemplate, type Template } from '../../src/cluster/template/template.js';
import { cacheDir, cacheFolder } from '../../src/machine/cache.js';

/** A cache folder of a test's own, which the servers' user can enter; returns what removes it. */
export function ownCache(): { dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'splitbench-test-'));
  chmodSync(dir, 0o755);
  process.env.BENCH_CACHE = dir;
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** The same, but that what takes long to make, and is the same for all, is shared with other tests. */
export function ownRuns(): { dir: string; remove(): void } {
  const dir = mkdtempSync(join(cacheDir(), 'test-'));
  chmodSync(dir, 0o755);
  for (const name of ['binaries', 'templates'] as const) symlinkSync(cacheFolder(name), join(dir, name));
  process.env.BENCH_CACHE = dir;
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

const never = new AbortController().signal;

/** A template with a table of 1000 rows. */
export function smallTemplate(
  overrides: Partial<Parameters<typeof ensureTemplate>[0]> = {},
): Promise<Template> {
  return ensureTemplate({
    label: 'test',
    key: { rows: 1000 },
    database: 'shop',
    signal: never,
    load: async (admin) => {
      await query(
        admin,
        'CREATE TABLE item AS SELECT g AS id, md5(g::text) AS name FROM generate_series(1, 1000) g',
      );
    },
    ...overrides,
  });
}

/** A primary, and a replica or none, with the same CPU budget. */
export function nodesOf(replicas: 0 | 1, cpus: number | null) {
  const roles = ['primary', 'replica'] as const;
  return roles.slice(0, 1 + replicas).map((role) => ({ name: role, role, cpus }));
}

export async function startCluster(
  template: Template,
  options: Partial<EmbeddedClusterOptions> & { replicas?: 0 | 1; nodeCpus?: number } = {},
) {
  const { replicas = 1, nodeCpus = null, ...overrides } = options;
  return startEmbeddedCluster({
    template,
    nodes: nodesOf(replicas, nodeCpus),
    cpuMethod: (await detectCpuMethod()).method,
    settings: defaultSettings,
    runId: `test-${Math.random().toString(36).slice(2, 10)}`,
    signal: never,
    ...overrides,
  });
}

// biome-ignore lint/suspicious/noExplicitAny: rows are whatever a test asks for
export async function query(config: ConnectionConfig | string, text: string): Promise<any[]> {
  const client = new Client(config);
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** What the kernel says of a process; '' if it has ended meanwhile, as a server's workers do at any moment. */
export function readProc(pid: number, what: 'cmdline' | 'cgroup' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8');
  } catch {
    return '';
  }
}

/** Processes of this machine whose command line names a folder. */
export function processesNaming(dir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => readProc(pid, 'cmdline').includes(dir));
}

/** Control groups whose name holds a text, in whatever hierarchy. */
export function groupsNaming(text: string): string[] {
  if (!existsSync('/sys/fs/cgroup')) return [];
  const found = spawnSync('find', ['/sys/fs/cgroup', '-type', 'd', '-name', `*${text}*`], {
    encoding: 'utf8',
  });
  return found.stdout.split('\n').filter(Boolean);
}

export const isRoot = process.getuid?.() === 0;

export function hasProgram(name: string): boolean {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
