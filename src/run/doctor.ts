import { createServer } from 'node:net';
import os from 'node:os';
import { detectCpuMethod, findClientTool, resolveBinaries } from '../cluster/index.js';
import { resolveK6 } from '../load/index.js';
import { formatBytes, messageOf } from '../machine/pure.js';
import { DISK_BYTES, freeDisk } from './disk-room.js';

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
  return Promise.all([node(), cores(), postgres(), k6(), cpuBudget(), ports(), disk(), restoreTools()]);
}

async function node(): Promise<Finding> {
  return { what: 'Node', found: process.version };
}

async function cores(): Promise<Finding> {
  const n = os.availableParallelism();
  const found = `${n} core${n === 1 ? '' : 's'}, ${formatBytes(os.totalmem())} of memory`;
  return n >= 2
    ? { what: 'Machine', found }
    : {
        what: 'Machine',
        found,
        fix: 'One core carries two nodes, a service and a generator badly: use --node-cpus 0.2 and believe little.',
      };
}

async function postgres(): Promise<Finding> {
  try {
    const pg = await resolveBinaries();
    const as = pg.runAs ? `, run as ${pg.runAs.user}` : '';
    return { what: 'PostgreSQL', found: `${pg.version} from ${pg.source}${as}` };
  } catch (error) {
    return { what: 'PostgreSQL', found: 'none', fix: messageOf(error), needed: true };
  }
}

async function k6(): Promise<Finding> {
  const found = await resolveK6();
  if (found) return { what: 'k6', found: `${found.version} from ${found.source}` };
  return {
    what: 'k6',
    found: 'none yet',
    fix: 'Run "bench k6 install" (needs Go or a download), or set BENCH_K6; without it the built-in player drives the load.',
  };
}

async function cpuBudget(): Promise<Finding> {
  const { method, detail } = detectCpuMethod();
  if (method.startsWith('cgroup')) return { what: 'CPU budget', found: `${method} (${detail})` };
  return {
    what: 'CPU budget',
    found: `${method} (${detail})`,
    fix: 'Budgets need control groups: run as root, or as a user in "systemd-run --user --scope -p Delegate=yes bench …". Without them the CPU figures say less.',
  };
}

async function ports(): Promise<Finding> {
  const port = await new Promise<number | null>((resolve) => {
    const server = createServer().once('error', () => resolve(null));
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : null));
    });
  });
  return port !== null
    ? { what: 'Ports', found: 'free ones on 127.0.0.1' }
    : { what: 'Ports', found: 'none on 127.0.0.1', fix: 'Bring the loopback interface up.', needed: true };
}

async function disk(): Promise<Finding> {
  try {
    const { folder, bytes } = await freeDisk();
    const found = `${formatBytes(bytes)} free in ${folder}`;
    const fix = `A run needs up to ${formatBytes(DISK_BYTES)}: free some, or set BENCH_CACHE.`;
    return bytes >= DISK_BYTES ? { what: 'Disk', found } : { what: 'Disk', found, fix, needed: true };
  } catch (error) {
    const fix = 'Set BENCH_CACHE to a folder that can be written.';
    return { what: 'Disk', found: messageOf(error), fix, needed: true };
  }
}

async function restoreTools(): Promise<Finding> {
  const tools = await Promise.all([findClientTool('pg_restore'), findClientTool('psql')]).catch(() => []);
  const found = tools.flatMap((tool) => tool ?? []).map(({ path, version }) => `${path} ${version}`);
  return found.length === 2
    ? { what: 'Dumps', found: found.join('; ') }
    : {
        what: 'Dumps',
        found: found[0] ?? 'no pg_restore or psql',
        fix: 'Only needed for --snapshot with a dump: install the PostgreSQL client package, or set BENCH_PG_BIN.',
      };
}
