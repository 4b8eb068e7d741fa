import { mkdir, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import type { Command } from 'commander';
import { detectCpuMethod, findClientTool, resolveBinaries } from '../cluster/index.js';
import { resolveK6 } from '../load/index.js';
import { cacheDir } from '../machine/index.js';
import { formatBytes, messageOf } from '../machine/pure.js';
import type { CommandContext } from './context.js';

interface Finding {
  what: string;
  found: string;
  /** What to do, where something is missing; `needed` if nothing runs without it. */
  fix?: string;
  needed?: boolean;
}

/** `bench doctor`: what this machine offers, with a fix for each lack. Exits 1 if something needed is missing. */
export function doctorCommand(bench: Command, context: CommandContext): void {
  bench
    .command('doctor')
    .description('say what this machine offers, with a fix for each lack')
    .option('--json', 'print the findings as JSON')
    .action(async (flags: { json?: boolean }) => {
      const findings = await Promise.all([
        node(),
        cores(),
        postgres(),
        k6(),
        cpuBudget(),
        ports(),
        disk(),
        restoreTools(),
      ]);
      if (flags.json) console.log(JSON.stringify(findings, null, 2));
      else
        for (const f of findings)
          console.log(
            `${f.fix ? (f.needed ? '✗' : '!') : '✓'} ${f.what}: ${f.found}${f.fix ? `\n    ${f.fix}` : ''}`,
          );
      if (findings.some((f) => f.fix && f.needed)) context.setExitCode(1);
    });
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
  const folder = cacheDir();
  try {
    await mkdir(folder, { recursive: true });
    const { bavail, bsize } = await statfs(folder);
    const found = `${formatBytes(bavail * bsize)} free in ${folder}`;
    return bavail * bsize > 2e9
      ? { what: 'Disk', found }
      : { what: 'Disk', found, fix: 'A run needs up to 2 GB: free some, or set BENCH_CACHE.', needed: true };
  } catch (error) {
    return {
      what: 'Disk',
      found: messageOf(error),
      fix: 'Set BENCH_CACHE to a folder that can be written.',
      needed: true,
    };
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
