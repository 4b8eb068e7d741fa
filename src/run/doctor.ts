import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import { detectCpuMethod, findClientTool, resolveBinaries } from '../cluster/index.js';
import { resolveK6 } from '../load/index.js';
import { cacheDir } from '../machine/index.js';
import { BenchError, formatBytes, messageOf } from '../machine/pure.js';

/** What was looked for on this machine, and what is there. */
export interface Finding {
  what: string;
  found: string;
  /** What to do, where something is missing; `needed` if nothing runs without it. */
  fix?: string;
  needed?: boolean;
}

/** Looks at what this machine offers for runs. */
export function examineMachine(): Promise<Finding[]> {
  return Promise.all(
    Object.entries(EXAMINATIONS).map(async ([what, examine]) => ({ what, ...(await examine()) })),
  );
}

/** What is there, and what to do where that isn't enough. */
function judged(isEnough: boolean, found: string, fix: string, needed?: true): Omit<Finding, 'what'> {
  return isEnough ? { found } : { found, fix, needed };
}

const EXAMINATIONS: Record<string, () => Promise<Omit<Finding, 'what'>>> = {
  async Node() {
    return { found: process.version };
  },

  async Machine() {
    const n = os.availableParallelism();
    const found = `${n} core${n === 1 ? '' : 's'}, ${formatBytes(os.totalmem())} of memory`;
    const fix =
      'One core carries two nodes, a service and a generator badly: use --node-cpus 0.2 and believe little.';
    return judged(n >= 2, found, fix);
  },

  async PostgreSQL() {
    try {
      const pg = await resolveBinaries();
      return { found: `${pg.version} from ${pg.source}${pg.runAs ? `, run as ${pg.runAs.user}` : ''}` };
    } catch (error) {
      return { found: 'none', fix: messageOf(error), needed: true };
    }
  },

  async k6() {
    const found = await resolveK6();
    const fix =
      'Run "bench k6 install" (needs Go or a download), or set BENCH_K6; without it the built-in player drives the load.';
    return judged(found !== null, found ? `${found.version} from ${found.source}` : 'none yet', fix);
  },

  async 'CPU budget'() {
    const { method, detail } = await detectCpuMethod();
    const fix =
      'Budgets need control groups: run as root, or as a user in "systemd-run --user --scope -p Delegate=yes bench …". Without them the CPU figures say less.';
    return judged(method === 'cgroup-v2' || method === 'cgroup-v1', `${method} (${detail})`, fix);
  },

  async Ports() {
    const isOpen = await new Promise<boolean>((resolve) => {
      const server = createServer().once('error', () => resolve(false));
      server.listen(0, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    const found = `${isOpen ? 'free ones' : 'none'} on 127.0.0.1`;
    return judged(isOpen, found, 'Bring the loopback interface up.', true);
  },

  async Disk() {
    try {
      const { folder, bytes } = await freeDisk();
      const fix = `A run needs up to ${formatBytes(DISK_BYTES)}: free some, or set BENCH_CACHE.`;
      return judged(bytes >= DISK_BYTES, `${formatBytes(bytes)} free in ${folder}`, fix, true);
    } catch (error) {
      return judged(false, messageOf(error), 'Set BENCH_CACHE to a folder that can be written.', true);
    }
  },

  async Dumps() {
    const tools = await Promise.all([findClientTool('pg_restore'), findClientTool('psql')]).catch(() => []);
    const found = tools.flatMap((tool) => tool ?? []).map(({ path, version }) => `${path} ${version}`);
    const fix =
      'Only needed for --snapshot with a dump: install the PostgreSQL client package, or set BENCH_PG_BIN.';
    return found.length === 2
      ? { found: found.join('; ') }
      : { found: found[0] ?? 'no pg_restore or psql', fix };
  },
};

/** The template, and a copy of it for each node, with room for what a run writes. */
export const DISK_BYTES = 2e9;

/** The folder where templates and running servers have their data, and the room that is left there. */
async function freeDisk(): Promise<{ folder: string; bytes: number }> {
  const folder = cacheDir();
  const { bavail, bsize } = await statfs(folder);
  return { folder, bytes: bavail * bsize };
}

/** @throws BenchError DISK_FULL if a run may not have room enough */
export async function requireDisk(): Promise<void> {
  const { folder, bytes } = await freeDisk();
  if (bytes >= DISK_BYTES) return;
  throw new BenchError(
    'DISK_FULL',
    `${folder} has ${formatBytes(bytes)} free, but a run needs up to ${formatBytes(DISK_BYTES)}: free some, or set BENCH_CACHE to another disk.`,
  );
}
