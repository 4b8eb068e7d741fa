import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ConnectionConfig } from '../../../src/cluster/cluster.js';
import { resolveBinaries } from '../../../src/cluster/embedded/binaries.js';
import { serversIn } from '../../../src/cluster/embedded/servers-in.js';
import { ensureSnapshotTemplate } from '../../../src/cluster/restore/snapshot.js';
import { defaultSettings } from '../../../src/cluster/settings.js';
import type { Template } from '../../../src/cluster/template/template.js';
import { processTree } from '../../../src/machine/processes.js';
import { treeBytes } from '../../../src/machine/space.js';
import type { PlannedNode } from '../../../src/record/plan.js';
import { canMount, mountTmpfs, type Tmpfs } from '../../tmpfs.js';
import { groupsNaming, ownCache, processesNaming, query, smallTemplate, startCluster } from '../support.js';

const cache = ownCache();
let template: Template;

beforeAll(async () => {
  template = await smallTemplate();
});
afterAll(() => cache.remove());

function expectNothingLeft(): void {
  expect(readdirSync(join(cache.dir, 'runs'))).toEqual([]);
  expect(processesNaming(cache.dir)).toEqual([]);
  expect(serversIn(cache.dir)).toEqual([]);
}

describe('a template', () => {
  test('is made once and found afterwards', async () => {
    const again = await smallTemplate({ load: () => Promise.reject(new Error('not to be loaded again')) });
    expect(again).toEqual(template);
  });

  test('keeps its password from other users', () => {
    expect(statSync(join(template.dir, '..', 'template.json')).mode & 0o077).toBe(0);
    expect(statSync(template.dir).mode & 0o077).toBe(0);
  });

  test('does not count when its making failed or was interrupted', async () => {
    const failing = smallTemplate({ key: { rows: 1 }, load: () => Promise.reject(new Error('no data')) });
    await expect(failing).rejects.toThrow('no data');
    const interrupt = new AbortController();
    const interrupted = smallTemplate({
      key: { rows: 1 },
      signal: interrupt.signal,
      load: async (admin) => {
        setTimeout(() => interrupt.abort(new Error('interrupted')), 50);
        await query(admin, 'SELECT pg_sleep(60)');
      },
    });
    await expect(interrupted).rejects.toThrow('interrupted');
    expectNothingLeft();
    const load = vi.fn(async () => {});
    await smallTemplate({ key: { rows: 1 }, load });
    expect(load).toHaveBeenCalledOnce();
  });

  test('made by two benches at once is one, and whole', async () => {
    const [one, other] = await Promise.all([1, 2].map(() => smallTemplate({ key: { rows: 2 } })));
    expect(one).toEqual(other);
    expectNothingLeft();
  });
});

describe('a cluster', () => {
  test('has as many standbys as are asked for, each with a slot, a budget and settings of its own', async () => {
    const nodes: PlannedNode[] = [
      { name: 'primary', role: 'primary', cpus: null },
      { name: 'replica', role: 'replica', cpus: null, weight: 2 },
      { name: 'analytics-replica', role: 'replica', cpus: null, reservedFor: 'analytics' },
    ];
    nodes[2]!.settings = { work_mem: '64MB' };
    await using cluster = await startCluster(template, { nodes });
    const slots = 'SELECT count(*)::int AS n FROM pg_replication_slots WHERE active';
    expect(await query(cluster.primary.admin, slots)).toEqual([{ n: 2 }]);
    expect(cluster.replicas.map(({ reservedFor, weight }) => [reservedFor, weight])).toEqual([
      [undefined, 2],
      ['analytics', undefined],
    ]);
    const memory = await Promise.all(cluster.replicas.map(({ admin }) => query(admin, 'SHOW work_mem')));
    expect(memory).toEqual([[{ work_mem: '4MB' }], [{ work_mem: '64MB' }]]);
  });

  test('has a standby that streams what the primary writes, from the same data and with the same settings', async () => {
    const cluster = await startCluster(template);
    try {
      const [primary, replica] = [cluster.primary, cluster.replicas[0]!];
      expect([primary, replica]).toMatchObject([
        { name: 'primary', role: 'primary' },
        { name: 'replica', role: 'replica' },
      ]);
      const identity = 'SELECT system_identifier FROM pg_control_system()';
      expect(await query(replica.admin, identity)).toEqual(await query(primary.admin, identity));
      expect(
        await query(replica.app, 'SELECT pg_is_in_recovery() AS r, count(*)::int AS n FROM item'),
      ).toEqual([{ r: true, n: 1000 }]);

      await query(primary.app, `INSERT INTO item VALUES (1001, 'new')`);
      const [{ lsn }] = await query(primary.monitor, 'SELECT pg_current_wal_flush_lsn() AS lsn');
      for (let replayed = false; !replayed; await sleep(5)) {
        [{ replayed }] = await query(
          replica.monitor,
          `SELECT pg_last_wal_replay_lsn() >= '${lsn}' AS replayed`,
        );
      }
      expect(await query(replica.app, 'SELECT name FROM item WHERE id = 1001')).toEqual([{ name: 'new' }]);
      await expect(query(replica.app, 'DELETE FROM item')).rejects.toMatchObject({ code: '25006' });

      const settings = `SELECT name, setting FROM pg_settings WHERE name IN (${Object.keys(defaultSettings)
        .map((name) => `'${name}'`)
        .join()}) ORDER BY name`;
      const onPrimary = await query(primary.admin, settings);
      expect(onPrimary).toHaveLength(Object.keys(defaultSettings).length);
      expect(await query(replica.admin, settings)).toEqual(onPrimary);
    } finally {
      await cluster[Symbol.asyncDispose]();
    }
    expectNothingLeft();
  });

  test('starts each time from the template’s data, and leaves the template as it was', async () => {
    const control = readFileSync(join(template.dir, 'global', 'pg_control'));
    for (const replicas of [0, 1] as const) {
      const cluster = await startCluster(template, { replicas });
      try {
        expect(cluster.replicas).toHaveLength(replicas);
        expect(await query(cluster.primary.app, 'SELECT count(*)::int AS n FROM item')).toEqual([
          { n: 1000 },
        ]);
        await query(cluster.primary.app, 'DELETE FROM item');
      } finally {
        await cluster[Symbol.asyncDispose]();
      }
    }
    expect(readFileSync(join(template.dir, 'global', 'pg_control'))).toEqual(control);
  });

  test('counts the app’s statements and not the monitor’s', async () => {
    const cluster = await startCluster(template, { replicas: 0 });
    try {
      await query(cluster.primary.app, 'SELECT count(*) FROM item');
      await query(cluster.primary.monitor, 'SELECT 42 AS mine');
      await query(cluster.primary.monitor, `SELECT pg_logical_emit_message(true, 'splitbench', 'marker')`);
      const statements = await query(cluster.primary.monitor, 'SELECT query FROM pg_stat_statements');
      const texts = statements.map(({ query }) => query);
      expect(texts).toContain('SELECT count(*) FROM item');
      expect(texts.filter((text) => /mine|emit_message/.test(text))).toEqual([]);
    } finally {
      await cluster[Symbol.asyncDispose]();
    }
  });

  test.skipIf(process.platform !== 'linux')('carries its run’s name in its process titles', async () => {
    const cluster = await startCluster(template, { replicas: 0, runId: 'titles' });
    try {
      expect(readFileSync(`/proc/${cluster.primary.pid}/cmdline`, 'utf8')).toContain('splitbench-titles');
      expect(execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })).toMatch(
        /postgres: splitbench-titles-\w{6}-primary: checkpointer/,
      );
    } finally {
      await cluster[Symbol.asyncDispose]();
    }
  });

  test('leaves nothing behind, at whatever moment of its start it is interrupted', async () => {
    for (const afterMs of [0, 60, 120, 200, 300, 450]) {
      const interrupt = new AbortController();
      const starting = startCluster(template, {
        signal: interrupt.signal,
        nodeCpus: 0.5,
        runId: `cut-${afterMs}`,
      });
      const timer = setTimeout(() => interrupt.abort(new Error('interrupted')), afterMs);
      try {
        await (await starting)[Symbol.asyncDispose]();
      } catch (error) {
        expect(error).toEqual(new Error('interrupted'));
      }
      clearTimeout(timer);
      expectNothingLeft();
      expect(groupsNaming(`splitbench-cut-${afterMs}`)).toEqual([]);
    }
  });

  test('says in the server’s words why it could not start', async () => {
    const starting = startCluster(template, { settings: { shared_buffers: 'many' } });
    await expect(starting).rejects.toMatchObject({
      code: 'SERVER_START',
      message: expect.stringContaining('shared_buffers'),
    });
    expectNothingLeft();
  });
});

/** What a server keeps in memory that would outlive its processes. */
function sharedMemoryOf(pid: number): { isThere: boolean } {
  // miscadmin.h, LOCK_FILE_LINE_SHMEM_KEY: its key and its id.
  const lines = readFileSync(join(readlinkSync(`/proc/${pid}/cwd`), 'postmaster.pid'), 'utf8').split('\n');
  const id = lines[6]!.trim().split(/\s+/)[1]!;
  const mapped = readFileSync(`/proc/${pid}/maps`, 'utf8').match(/\/dev\/shm\/PostgreSQL\.\d+/g) ?? [];
  return {
    get isThere() {
      const segments = readFileSync('/proc/sysvipc/shm', 'utf8').split('\n');
      return segments.some((line) => line.trim().split(/\s+/)[1] === id) || mapped.some(existsSync);
    },
  };
}

describe.skipIf(process.platform !== 'linux')('a server that something happens to', () => {
  test('says how it ended, with the last of its log; of one that was killed nothing stays, be it stopped or memory', async () => {
    const cluster = await startCluster(template, { replicas: 0 });
    const pid = cluster.primary.pid!;
    const memory = sharedMemoryOf(pid);
    const [, ...children] = processTree(pid);
    expect(children.length).toBeGreaterThan(2);
    for (const child of children) process.kill(child, 'SIGSTOP');
    process.kill(pid, 'SIGKILL');
    expect(await cluster.primary.lost).toBe(
      'it was killed by SIGKILL, as Linux does where memory runs out (the last it said: "database system is ready to accept connections")',
    );
    expect([memory.isThere, serversIn(cache.dir).length]).toEqual([true, children.length]);
    await cluster[Symbol.asyncDispose]();
    expectNothingLeft();
    expect(memory.isThere).toBe(false);
  });

  test('is stopped in order though it stood still, and then is not lost', async () => {
    const cluster = await startCluster(template, { replicas: 0 });
    const lost = vi.fn();
    void cluster.primary.lost.then(lost);
    const memory = sharedMemoryOf(cluster.primary.pid!);
    for (const pid of processTree(cluster.primary.pid!)) process.kill(pid, 'SIGSTOP');
    const since = performance.now();
    await cluster[Symbol.asyncDispose]();
    expect(performance.now() - since).toBeLessThan(4000);
    expectNothingLeft();
    expect([memory.isThere, lost.mock.calls]).toEqual([false, []]);
  });

  test('goes under whoever waits for it when the run is interrupted', async () => {
    const interrupt = new AbortController();
    const cluster = await startCluster(template, { replicas: 0, signal: interrupt.signal });
    const waiting = query(cluster.primary.admin, 'SELECT pg_sleep(600)');
    waiting.catch(() => {});
    await sleep(100);
    for (const pid of processTree(cluster.primary.pid!)) process.kill(pid, 'SIGSTOP');
    interrupt.abort(new Error('interrupted'));
    await expect(waiting).rejects.toThrow();
    await cluster[Symbol.asyncDispose]();
    expectNothingLeft();
  });
});

describe.skipIf(process.platform !== 'linux')('a server that ends while the standby is waited for', () => {
  /** Its primary has no slot for the standby, which never streams. */
  let slotless: Template;
  beforeAll(async () => {
    slotless = await smallTemplate({ key: { rows: 3 } });
    const slots = join(slotless.dir, 'pg_replslot');
    for (const slot of readdirSync(slots)) rmSync(join(slots, slot), { recursive: true });
  });

  /** The lines of a server's postmaster.pid. */
  function pidFile(name: string): string[] {
    const [run = ''] = readdirSync(join(cache.dir, 'runs'));
    const file = join(cache.dir, 'runs', run, name, 'postmaster.pid');
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  }

  test.each(['primary', 'replica'])('ends the start, and is named: the %s', async (name) => {
    const starting = startCluster(slotless);
    starting.catch(() => {});
    const areUp = () => ['primary', 'replica'].every((each) => pidFile(each)[7]?.trim() === 'ready');
    await expect.poll(areUp, { timeout: 20_000, interval: 20 }).toBe(true);
    await sleep(300);
    process.kill(Number(pidFile(name)[0]), 'SIGKILL');
    const since = performance.now();
    await expect(starting).rejects.toMatchObject({
      code: 'PROCESS_LOST',
      exitCode: 4,
      message: expect.stringMatching(
        new RegExp(`^The ${name}'s server ended unexpectedly.*: it was killed by SIGKILL`),
      ),
    });
    expect(performance.now() - since).toBeLessThan(15_000);
    expectNothingLeft();
  });
});

describe.skipIf(!canMount)('on a full disk', () => {
  /** A cache that is too small; the servers' programs are on another disk. */
  async function withSmallCache(options: string, use: (disk: Tmpfs) => Promise<void>): Promise<void> {
    process.env.BENCH_PG_BIN = (await resolveBinaries()).binDir;
    using disk = mountTmpfs(options)!;
    process.env.BENCH_CACHE = disk.dir;
    try {
      await use(disk);
      for (const folder of readdirSync(disk.dir)) expect(readdirSync(join(disk.dir, folder))).toEqual([]);
      expect(processesNaming(disk.dir)).toEqual([]);
    } finally {
      process.env.BENCH_CACHE = cache.dir;
      delete process.env.BENCH_PG_BIN;
    }
  }

  test('the copy of the server’s programs says so in one sentence and leaves nothing', async () => {
    await withSmallCache('size=20m', async () => {
      delete process.env.BENCH_PG_BIN;
      await expect(smallTemplate()).rejects.toMatchObject({ code: 'DISK_FULL', exitCode: 2 });
    });
  });

  test('data that would find no room are not begun to be loaded', async () => {
    await withSmallCache('size=200m', async ({ dir }) => {
      const load = vi.fn();
      await expect(smallTemplate({ load, bytes: 1e9 })).rejects.toMatchObject({
        code: 'DISK_FULL',
        message: expect.stringMatching(
          `^Loading the data needs about .* GB, but the disk that holds ${dir} has`,
        ),
      });
      expect(load).not.toHaveBeenCalled();
    });
  });

  test('data are loaded where there is room for them and for the WAL that is kept at most', async () => {
    await withSmallCache('size=20g', async () => {
      const load = () => Promise.reject(new Error('begun'));
      await expect(smallTemplate({ load, bytes: 12e9 })).rejects.toThrow('begun');
      await expect(smallTemplate({ load, bytes: 17e9 })).rejects.toMatchObject({ code: 'DISK_FULL' });
    });
  });

  test('a data directory is copied where there is room for the copy', async () => {
    const size = Math.round(65e6 + 1.6 * (await treeBytes(template.dir)));
    const { signal } = new AbortController();
    await withSmallCache(`size=${size}`, async () => {
      const copying = ensureSnapshotTemplate({ path: template.dir, database: 'nowhere', signal });
      await expect(copying).rejects.toMatchObject({ code: 'NO_SUCH_DATABASE' });
    });
  });

  test('a load that finds no room ends at once and names the disk', async () => {
    await withSmallCache('size=200m', async ({ dir }) => {
      let failedMs = 0;
      const load = (admin: ConnectionConfig) =>
        query(
          admin,
          `CREATE TABLE much AS SELECT repeat(md5(g::text), 30) AS text FROM generate_series(1, 400000) g`,
        ).then(
          () => {},
          (error) => {
            failedMs = performance.now();
            throw error;
          },
        );
      await expect(smallTemplate({ load })).rejects.toMatchObject({
        code: 'DISK_FULL',
        message: expect.stringMatching(`^The disk that holds ${dir} is full \\(.*B free\\): .*BENCH_CACHE`),
      });
      expect(performance.now() - failedMs).toBeLessThan(3000);
    });
  });

  test('servers that have no room for their copies are not started', async () => {
    await withSmallCache('size=100m', async () => {
      await expect(startCluster(template)).rejects.toMatchObject({
        code: 'DISK_FULL',
        message: expect.stringMatching(/^A run with 2 servers needs about /),
      });
    });
  });
});
