import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { processesNaming } from '../cluster/support.js';
import { startTestbed, type Testbed } from './testbed.js';

let testbed: Testbed;

beforeAll(async () => {
  testbed = await startTestbed({ standbys: 2 });
  await testbed.primary.query('CREATE TABLE note (id int PRIMARY KEY)');
});

afterAll(async () => {
  await testbed?.[Symbol.asyncDispose]();
});

const timelineOf = 'SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS timeline';

test('a frozen server answers nothing, and answers what it was asked once it is thawed', async () => {
  const [standby] = testbed.standbys;
  await standby!.freeze();
  const answer = standby!.query('SELECT 7 AS seven');
  expect(await Promise.race([answer, sleep(300, 'nothing')])).toBe('nothing');
  await standby!.thaw();
  expect(await answer).toEqual([{ seven: 7 }]);
});

test('a killed server refuses connections, and has all that was committed when it is back', async () => {
  const { primary, standbys } = testbed;
  await primary.query('INSERT INTO note SELECT generate_series(1, 100)');
  await primary.kill();
  await expect(primary.query('SELECT 1')).rejects.toThrow('ECONNREFUSED');
  await primary.start();
  expect(await primary.query('SELECT count(*)::int FROM note')).toEqual([{ count: 100 }]);
  await primary.query('INSERT INTO note VALUES (101)');
  await Promise.all(standbys.map((standby) => standby.catchUpWith(primary)));
  expect(await standbys[1]!.query('SELECT count(*)::int FROM note')).toEqual([{ count: 101 }]);
});

test('a delayed standby shows a commit that much later, a paused one not at all until it goes on', async () => {
  const { primary, standbys } = testbed;
  const [delayed, paused] = standbys;
  await delayed!.delayReplay(400);
  await paused!.pauseReplay();
  // Before the commit, whose answer may come late.
  const askedMs = performance.now();
  await primary.query('INSERT INTO note VALUES (200)');
  await delayed!.until('SELECT count(*) = 1 AS ok FROM note WHERE id = 200');
  expect(performance.now() - askedMs).toBeGreaterThan(350);
  expect(await paused!.query('SELECT FROM note WHERE id = 200')).toEqual([]);
  await paused!.resumeReplay();
  await delayed!.delayReplay(0);
  await Promise.all(standbys.map((standby) => standby.catchUpWith(primary)));
  expect(await paused!.query('SELECT id FROM note WHERE id = 200')).toEqual([{ id: 200 }]);
});

test('connections are counted by the name of their application', async () => {
  expect(await testbed.primary.connections('standby-1')).toBe(1);
  expect(await testbed.primary.connections('nobody')).toBe(0);
});

test('a promoted standby begins a timeline, and the primary it deposed can follow it', async () => {
  const { primary, standbys } = testbed;
  const [promoted] = standbys;
  await promoted!.promote();
  expect(await promoted!.query(timelineOf)).toEqual([{ timeline: '00000002' }]);
  expect(await primary.query(timelineOf)).toEqual([{ timeline: '00000001' }]);
  // Both go their own way from here.
  await primary.query('INSERT INTO note VALUES (300)');
  await promoted!.query('INSERT INTO note VALUES (301)');
  await primary.follow(promoted!);
  await primary.catchUpWith(promoted!);
  expect(await primary.query('SELECT pg_is_in_recovery() AS standby, id FROM note WHERE id >= 300')).toEqual([
    { standby: true, id: 301 },
  ]);
});

test('testbeds of different identities are different clusters', async () => {
  const identifier = 'SELECT system_identifier::text FROM pg_control_system()';
  await using other = await startTestbed({ standbys: 0, identity: 'other' });
  expect(await other.primary.query(identifier)).not.toEqual(await testbed.primary.query(identifier));
});

test('nothing is left of a testbed, in whatever state its servers were', async () => {
  const left = await startTestbed({ standbys: 2 });
  const [frozen, killed] = left.standbys;
  const [{ dir }] = await frozen!.query("SELECT current_setting('data_directory') AS dir");
  expect(processesNaming(dirname(dir))).toHaveLength(3);
  await frozen!.freeze();
  await killed!.kill();
  await left[Symbol.asyncDispose]();
  expect(processesNaming(dirname(dir))).toEqual([]);
  expect(existsSync(dirname(dir))).toBe(false);
});
