import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { defaultSettings } from '../../../src/cluster/embedded/embedded.js';
import type { Template } from '../../../src/cluster/template/template.js';
import {
  groupsNaming,
  isRoot,
  ownCache,
  processesNaming,
  query,
  smallTemplate,
  startCluster,
} from '../support.js';

const cache = ownCache();
let template: Template;

beforeAll(async () => {
  template = await smallTemplate();
});
afterAll(() => cache.remove());

function expectNothingLeft(): void {
  expect(readdirSync(join(cache.dir, 'runs'))).toEqual([]);
  expect(processesNaming(cache.dir)).toEqual([]);
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

describe.skipIf(!isRoot || process.platform !== 'linux')('on a full disk', () => {
  test('says so in one sentence and leaves nothing', async ({ skip }) => {
    const small = join(cache.dir, 'small');
    mkdirSync(small);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=90m,mode=755', 'tmpfs', small], { stdio: 'ignore' });
    } catch {
      skip('no file system can be mounted here');
    }
    process.env.BENCH_CACHE = small;
    try {
      await expect(smallTemplate()).rejects.toMatchObject({ code: 'DISK_FULL', exitCode: 2 });
      expect(readdirSync(join(small, 'runs'))).toEqual([]);
      expect(readdirSync(join(small, 'templates'))).toEqual([]);
    } finally {
      process.env.BENCH_CACHE = cache.dir;
      execFileSync('umount', [small]);
    }
  });
});
