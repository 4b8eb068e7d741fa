import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster.js';
import { player } from '../../src/load/player/driver.js';
import type { LoadResult } from '../../src/record/run.js';
import type { SqlEvent } from '../../src/workload/trace.js';
import { startWithSchema } from '../servers.js';
import { playEvents, sql } from './fixture.js';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startWithSchema('lateness', 'CREATE TABLE trail (what text)');
});

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

async function play(
  events: SqlEvent[],
  poolSize: number,
  { failed = 0, options = '' } = {},
): Promise<LoadResult> {
  const primary = { ...cluster.primary.app, options };
  const router = { primary, replicas: [], policy: 'balanced', poolSize };
  const inOrder = events.toSorted((a, b) => a.dueUs - b.dueUs);
  const result = await playEvents(await player.prepare(), { kind: 'sql', router }, inOrder, {
    timeoutMs: 30_000,
  });
  expect(result.accounting).toMatchObject({ ok: events.length - failed, failed });
  return result;
}

/** How many events began late by whose doing. */
function counts({ window: { late } }: LoadResult): Record<string, number> {
  return Object.fromEntries(Object.entries(late).map(([cause, { count }]) => [cause, count]));
}

const INSERT = "INSERT INTO trail VALUES ('x')";

describe('an event that begins late, does so', () => {
  test("by the server's doing while its session has no answer", async () => {
    const waiting = Array.from({ length: 20 }, (_, i) => sql(100 + i, 1, 'SELECT 1'));
    const result = await play([sql(0, 1, 'SELECT pg_sleep(1)'), ...waiting], 4);
    const { server = 0, connection = 0 } = counts(result);
    expect(server).toBe(20);
    expect(connection).toBe(0);
    expect(result.window.late.server!.maxUs).toBeGreaterThan(300_000);
    expect(result.generatorBusy).toBeLessThan(0.85);
  });

  test("by the player's own limit while others have all its connections", async () => {
    const result = await play(
      [
        ...[sql(0, 1, 'BEGIN'), sql(1000, 1, 'COMMIT')],
        ...[sql(100, 2, INSERT), sql(110, 2, INSERT), sql(120, 2, INSERT)],
        ...[sql(130, 3, 'BEGIN'), sql(140, 3, INSERT), sql(150, 3, 'COMMIT')],
      ],
      1,
    );
    const { connection = 0, server = 0 } = counts(result);
    // Those behind the first of their session are late for the same reason.
    expect(connection).toBeGreaterThanOrEqual(6);
    expect(result.window.late.connection!.sumUs).toBeGreaterThan(6 * 200_000);
    expect(server).toBe(0);
  });

  test("by the player's own limit also where it fails in the end", async () => {
    const holds = [sql(0, 1, 'BEGIN'), sql(10, 1, 'SELECT pg_sleep(1)'), sql(20, 1, 'COMMIT')];
    const fails = ['SELECT 1 / 0', 'INSERT INTO missing VALUES (1)', 'BEGIN; SELECT 1 / 0'];
    const result = await play([...holds, ...fails.map((text, i) => sql(100, 2 + i, text))], 1, { failed: 3 });
    expect(counts(result).connection).toBe(fails.length);
  });

  test("by the server's doing while a connection is opened", async () => {
    const loses = sql(0, 1, 'SELECT pg_terminate_backend(pg_backend_pid())');
    const events = Array.from({ length: 5 }, (_, i) => sql(10 + i * 10, 1, i === 2 ? INSERT : 'SELECT 1'));
    const result = await play([loses, ...events], 2, { failed: 1, options: '-c post_auth_delay=1' });
    const { server = 0, connection = 0 } = counts(result);
    expect(connection).toBe(0);
    expect(server).toBeGreaterThanOrEqual(4);
  });

  test("by the player's doing while its thread is full", async () => {
    const large = `SELECT repeat('x', 40) FROM generate_series(1, 50000)`;
    const events = Array.from({ length: 80 }, (_, i) => sql(i * 5, i % 8, large));
    const result = await play(events, 8);
    const { generator = 0, connection = 0, server = 0 } = counts(result);
    expect(generator).toBeGreaterThan(server + connection);
    expect(result.generatorBusy).toBeGreaterThan(0.85);
  });
});
