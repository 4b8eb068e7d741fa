import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { cleanRemains } from '../../src/cluster/remains.js';
import { processStart } from '../../src/machine/processes.js';
import { groupsNaming, hasProgram, isRoot, ownRuns, processesNaming } from './support.js';

const cache = ownRuns();
const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const script = fileURLToPath(new URL('./hold-cluster.mjs', import.meta.url));
const holders: ChildProcess[] = [];

interface Held {
  pids: number[];
  children: number[];
  method: string;
  usage: { cpuSeconds: number; memoryBytes: number }[];
}

/** A bench in a process of its own that holds a cluster. */
async function hold(
  runId: string,
  before: string[] = [],
  env = {},
): Promise<{ bench: ChildProcess; held: Held }> {
  const [file, ...args] = [...before, process.execPath, script, dist, runId];
  const bench = spawn(file!, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  holders.push(bench);
  const [line] = await once(createInterface(bench.stdout!), 'line');
  return { bench, held: JSON.parse(line) };
}

async function end(bench: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exited = once(bench, 'exit');
  bench.kill(signal);
  await exited;
}

afterEach(async () => {
  for (const bench of holders.splice(0))
    if (bench.exitCode === null && bench.signalCode === null) await end(bench, 'SIGTERM');
});
afterAll(() => cache.remove());

describe('what benches leave', () => {
  test('killed: its servers, its children, its data and its control groups are cleaned by the next', async () => {
    const { bench, held } = await hold('killed');
    await end(bench, 'SIGKILL');
    for (const pid of [...held.pids, ...held.children]) expect(processStart(pid)).not.toBeNull();

    expect(readdirSync(join(cache.dir, 'runs'))).toHaveLength(1);
    if (held.method.startsWith('cgroup'))
      expect(groupsNaming('splitbench-killed').length).toBeGreaterThanOrEqual(2);

    await cleanRemains();

    for (const pid of [...held.pids, ...held.children]) expect(processStart(pid)).toBeNull();
    expect(processesNaming(cache.dir)).toEqual([]);
    expect(readdirSync(join(cache.dir, 'runs'))).toEqual([]);
    expect(groupsNaming('splitbench-killed')).toEqual([]);
  });

  test('alive: nothing of it is touched', async () => {
    const { bench, held } = await hold('alive');
    const groups = groupsNaming('splitbench-alive');
    await cleanRemains();
    expect(readdirSync(join(cache.dir, 'runs'))).toHaveLength(1);
    expect(groupsNaming('splitbench-alive')).toEqual(groups);
    for (const pid of [...held.pids, ...held.children]) expect(processStart(pid)).not.toBeNull();
    await end(bench, 'SIGTERM');
    expect(readdirSync(join(cache.dir, 'runs'))).toEqual([]);
  });

  test('two of one name at once have a folder and budgets each', async () => {
    const both = await Promise.all([hold('twin'), hold('twin')]);
    expect(readdirSync(join(cache.dir, 'runs'))).toHaveLength(2);
    if (both[0].held.method.startsWith('cgroup'))
      expect(new Set(groupsNaming('splitbench-twin').map((dir) => basename(dir))).size).toBe(4);
    await Promise.all(both.map(({ bench }) => end(bench, 'SIGTERM')));
    expect(readdirSync(join(cache.dir, 'runs'))).toEqual([]);
  });

  test('killed while somebody’s shell is in its folder: the shell lives on', async () => {
    const { bench } = await hold('visited');
    const [folder] = readdirSync(join(cache.dir, 'runs'));
    const visitor = spawn('sleep', ['600'], {
      cwd: join(cache.dir, 'runs', folder!),
      stdio: 'ignore',
    });
    try {
      await end(bench, 'SIGKILL');
      await cleanRemains();
      expect(readdirSync(join(cache.dir, 'runs'))).toEqual([]);
      expect(processStart(visitor.pid!)).not.toBeNull();
    } finally {
      visitor.kill();
    }
  });
});

const canBecomeNobody = isRoot && hasProgram('setpriv') && existsSync('/etc/passwd');

describe.skipIf(!canBecomeNobody)('an ordinary user', () => {
  test('has clusters too', async () => {
    const home = mkdtempSync(join(tmpdir(), 'splitbench-nobody-'));
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' })),
    );
    chownSync(home, uid!, gid!);
    const as = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
    try {
      const { bench, held } = await hold('nobody', as, { BENCH_CACHE: home });
      expect(held.pids).toHaveLength(2);
      expect(held.usage[0]!.cpuSeconds).toBeGreaterThan(0);
      expect(held.usage[0]!.memoryBytes).toBeGreaterThan(0);
      await end(bench, 'SIGTERM');
      expect(readdirSync(join(home, 'runs'))).toEqual([]);
      expect(processesNaming(home)).toEqual([]);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
});
