import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster.js';
import type { LoadJob } from '../../src/load/driver.js';
import { player } from '../../src/load/player/driver.js';
import type { LoadResult } from '../../src/record/run.js';
import { lockWaitsInWords } from '../../src/report/lock-waits.js';
import type { SqlEvent } from '../../src/workload/trace.js';
import { runOf, smartmenuModel } from '../score/fixture.js';
import { startWithSchema } from '../servers.js';
import { playEvents, sql } from './fixture.js';

const SCHEMA = `
  CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL);
  INSERT INTO account SELECT n, 100 FROM generate_series(1, 20) n;`;

const UPDATE = 'UPDATE account SET balance = balance + $1 WHERE id = $2';
const pay = (dueMs: number, session: number, id: number) =>
  sql(dueMs, session, `UPDATE account SET balance = balance + 1 WHERE id = ${id}`);

let cluster: Cluster;
let admin: pg.Client;

beforeAll(async () => {
  cluster = await startWithSchema('locks', SCHEMA);
  admin = new pg.Client(cluster.primary.admin);
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await cluster?.[Symbol.asyncDispose]();
});

async function play(events: SqlEvent[], more: Partial<LoadJob> = {}): Promise<LoadResult> {
  const { primary } = cluster;
  return playEvents(
    await player.prepare(),
    {
      kind: 'sql',
      router: {
        primary: primary.app,
        monitors: { primary: primary.monitor, replicas: [] },
        policy: 'primary-only',
        poolSize: 8,
      },
    },
    events.sort((a, b) => a.dueUs - b.dueUs),
    more,
  );
}

/** What the report says of it. */
function told({ lockWaits, errors }: LoadResult): string | null {
  const { load, ...run } = runOf(smartmenuModel, 'baseline');
  return lockWaitsInWords({ ...run, load: { ...load, lockWaits, errors } });
}

/** How often the watch has asked since the server was started, by the statistics that its role is left out of. */
async function askedFor(): Promise<number> {
  const { rows } = await admin.query(
    `SELECT coalesce(sum(calls), 0)::int AS calls FROM pg_stat_statements WHERE query LIKE '%pg_blocking_pids%'`,
  );
  return rows[0].calls;
}

/** How many sessions wait for a lock. */
async function waiting(): Promise<number> {
  const { rows } = await admin.query(
    `SELECT count(*)::int FROM pg_stat_activity WHERE wait_event_type = 'Lock'`,
  );
  return rows[0].count;
}

describe('statements of a replay that wait for locks', () => {
  test('are told with who holds them up: a session of the replay that is idle in its transaction', async () => {
    const result = await play([
      sql(0, 1, 'BEGIN'),
      pay(10, 1, 1),
      sql(4500, 1, 'COMMIT'),
      // Late enough for the other to have the row, however long its connection takes.
      pay(1500, 2, 1),
      pay(1500, 3, 2),
    ]);
    expect(result.accounting).toMatchObject({ captured: 5, ok: 5 });
    const { pairs, ...sums } = result.lockWaits!;
    expect(sums).toMatchObject({ statements: 1, cutOff: 0 });
    expect(sums.longestMs).toBeGreaterThan(2000);
    expect(sums.longestMs).toBeLessThan(1000 * result.playedSeconds);
    expect(pairs).toEqual([
      {
        ...{ waiter: UPDATE, holder: UPDATE, state: 'idle-in-transaction', ofReplay: true, statements: 1 },
        totalMs: sums.totalMs,
      },
    ]);
    expect(told(result)).toMatch(/^1 statement waited for a lock for over a second \(\d/);
    expect(await askedFor()).toBe(0);
  });

  test('or one that is not of the replay', async () => {
    await admin.query('BEGIN; UPDATE account SET balance = 0 WHERE id = 3');
    const release = async () => {
      await expect.poll(waiting).toBe(2);
      await sleep(2500);
      await admin.query('ROLLBACK');
    };
    const { lockWaits, warnings } = await play([pay(0, 1, 3), pay(0, 2, 3)], {
      onStart: () => void release(),
    });
    expect(warnings).toEqual([]);
    expect(lockWaits).toMatchObject({ statements: 2, cutOff: 0 });
    for (const pair of lockWaits!.pairs) {
      expect(pair).toMatchObject({ waiter: UPDATE, state: 'idle-in-transaction', ofReplay: false });
    }
  });

  test('do not wait for a transaction that has no end in the trace: its session is cut off and counted', async () => {
    const result = await play([
      sql(0, 1, 'BEGIN'),
      pay(10, 1, 4),
      pay(1500, 2, 4),
      sql(0, 3, 'BEGIN'),
      pay(10, 3, 5),
      sql(20, 3, 'COMMIT'),
    ]);
    expect(result.accounting).toMatchObject({ captured: 6, ok: 6 });
    expect(result.lockWaits).toEqual({ statements: 0, totalMs: 0, longestMs: 0, pairs: [], cutOff: 1 });
    expect(told(result)).toBe(
      '1 session ended within a transaction, as in the trace, and it was rolled back',
    );
    const { rows } = await admin.query('SELECT balance FROM account WHERE id IN (4, 5) ORDER BY id');
    expect(rows).toEqual([{ balance: 101 }, { balance: 101 }]);
  });

  test('are in a deadlock where their order is another: it is called that', async () => {
    const result = await play([
      ...[sql(0, 1, 'BEGIN'), pay(10, 1, 6), pay(1500, 1, 7), sql(7000, 1, 'COMMIT')],
      ...[sql(0, 2, 'BEGIN'), pay(20, 2, 7), pay(3500, 2, 6), sql(7000, 2, 'COMMIT')],
    ]);
    expect(result.errors.map(({ code }) => code.slice(0, 5)).sort()).toContain('40P01');
    expect(told(result)).toMatch(/1 deadlock, each of which failed one statement/);
    // The first one had waited for an idle transaction for as long as the other did not want its row.
    expect(result.lockWaits!.pairs[0]).toMatchObject({ waiter: UPDATE, ofReplay: true });
  });
});
