import { randomUUID } from 'node:crypto';
import { access, constants, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import { join, resolve } from 'node:path';
import { detectCpuMethod, findClientTool, resolveBinaries } from '../cluster/index.js';
import { resolveK6 } from '../load/index.js';
import { cacheDir, explainSystemError, freeBytes, tryWriting } from '../machine/index.js';
import { formatBytes, formatCores, messageOf } from '../machine/pure.js';
import { otherProgramsNow } from './other-programs.js';

/** What was looked for on this machine, and what is there. */
export interface Finding {
  what: string;
  found: string;
  /** What to do, where something is missing; `needed` if nothing runs without it. */
  fix?: string;
  needed?: boolean;
}

/**
 * Looks at what this machine offers for runs.
 * @param out the folder that results go to
 */
export async function examineMachine(out: string): Promise<Finding[]> {
  // By itself, for the others keep the machine busy.
  const others = { what: 'Other programs', ...(await examineOthers()) };
  const findings = await Promise.all(
    Object.entries(EXAMINATIONS).map(async ([what, examine]) => ({
      what,
      ...(await examine(out).catch(refused)),
    })),
  );
  return [...findings, others];
}

async function examineOthers(): Promise<Omit<Finding, 'what'>> {
  const others = await otherProgramsNow(1000);
  if (!others) return { found: 'not known: the kernel counts more cores than may be used here' };
  return judged(!others.tooMuch, `use ${formatCores(others.cores)} at the moment`, `${others.words}.`);
}

/** What could not be looked at, or used: the error says what to do. */
function refused(error: unknown): Omit<Finding, 'what'> {
  return { found: 'none that can be used', fix: messageOf(explainSystemError(error) ?? error), needed: true };
}

/** What is there, and what to do where that isn't enough. */
function judged(isEnough: boolean, found: string, fix: string, needed?: true): Omit<Finding, 'what'> {
  return isEnough ? { found } : { found, fix, needed };
}

const EXAMINATIONS: Record<string, (out: string) => Promise<Omit<Finding, 'what'>>> = {
  async Node() {
    return { found: process.version };
  },

  async Machine() {
    const n = os.availableParallelism();
    const found = `${n} core${n === 1 ? '' : 's'}, ${formatBytes(os.totalmem())} of memory`;
    const fix =
      'One core is too little for two servers, a service and a load generator: use --node-cpus 0.2, and take the figures as rough.';
    return judged(n >= 2, found, fix);
  },

  async PostgreSQL() {
    const pg = await resolveBinaries();
    return { found: `${pg.version} from ${pg.source}${pg.runAs ? `, run as ${pg.runAs.user}` : ''}` };
  },

  async k6() {
    const found = await resolveK6();
    const fix =
      'Run "bench k6 install" (needs Go or a download), or set BENCH_K6; without it the built-in player drives the load.';
    return judged(found !== null, found ? `${found.version}, ${found.source}` : 'none yet', fix);
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
    const folder = cacheDir();
    const bytes = freeBytes(folder);
    const fix = `A run needs up to ${formatBytes(DISK_BYTES)}: free some, or set BENCH_CACHE.`;
    return judged(bytes >= DISK_BYTES, `${formatBytes(bytes)} free in ${folder}`, fix, true);
  },

  async Cache() {
    const folder = cacheDir();
    await tryWriting(folder);
    const fix =
      'Its file system is mounted noexec: set BENCH_CACHE to a folder that programs can be run from.';
    return judged(await mayRunFrom(folder), `${folder} can be written`, fix, true);
  },

  async Results(out) {
    await tryWriting(out);
    return { found: `${resolve(out)} can be written` };
  },

  async 'Temporary files'() {
    await tryWriting(os.tmpdir());
    return { found: `${os.tmpdir()} can be written` };
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

/** Whether programs can be run from a folder, as PostgreSQL is from the cache: its file system may be mounted so that none can. */
async function mayRunFrom(folder: string): Promise<boolean> {
  const program = join(folder, `.splitbench-${randomUUID()}`);
  try {
    await writeFile(program, '', { mode: 0o755, flag: 'wx' });
    return await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
  } finally {
    await rm(program, { force: true });
  }
}
