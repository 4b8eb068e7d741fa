import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, type QueryConfig } from 'pg';
import { describe, expect, it } from 'vitest';
import type { ParameterTypes } from '../../src/workload/parameter-types/index.js';
import { withLoggedShop } from './logged-shop.js';

/** Statements of drivers that say which types their parameters have, which a log does not hold. */

const reports = join(import.meta.dirname, '../../../shared/data/reports');

/** `pg` as a driver that says types. */
function typed(client: Client, text: string, ...parameters: [oid: number, value: string][]) {
  const types = parameters.map(([oid]) => oid);
  const getTypeParser = () => (value: unknown) => value;
  const values = parameters.map(([, value]) => value);
  return client.query({
    text,
    values,
    types: Object.assign(types, { getTypeParser }),
  } as unknown as QueryConfig);
}
const [INT4, INT8, INTERVAL, TIMESTAMPTZ, JSONB, TEXT] = [23, 20, 1186, 1184, 3802, 25];

const SCHEMA = `
  CREATE TABLE item (id int PRIMARY KEY, name text, due timestamptz, facts jsonb);
  INSERT INTO item SELECT g, 'item', now(), '{}' FROM generate_series(1, 1000) g;
  CREATE TABLE sold (id int PRIMARY KEY, name text);
  CREATE SCHEMA vault;
  CREATE TABLE vault.safe (id int PRIMARY KEY, name text);
  CREATE ROLE clerk LOGIN;
  CREATE SCHEMA counter AUTHORIZATION clerk;
  ALTER ROLE clerk SET search_path = counter;
  CREATE TABLE counter.sold (id bigint PRIMARY KEY, name text);
  ALTER TABLE counter.sold OWNER TO clerk;
  ALTER DATABASE shop SET log_min_duration_statement = 0`;

const shop = withLoggedShop(SCHEMA, async ({ server, importLog }) => {
  const client = await server.connect('shop');
  for (const id of ['1', '2', '3']) {
    await typed(client, 'SELECT name FROM item WHERE $1 IS NULL OR id = $1', [INT4, id]);
    await typed(client, 'SELECT count(*) FROM item WHERE due > now() - $1', [INTERVAL, `${id} days`]);
    await typed(client, "SELECT count(*) FROM item WHERE due > date_trunc('day', $1)", [
      TIMESTAMPTZ,
      '2026-01-01 10:00:00+00',
    ]);
    // One shape, two types.
    await typed(client, "SELECT to_char($1, 'YYYY')", [TIMESTAMPTZ, '2026-01-01 10:00:00+00']);
    await typed(client, "SELECT to_char($1, '999')", [INT4, id]);
    await typed(
      client,
      "UPDATE item SET facts = jsonb_build_object('a', $2, 'b', $3) WHERE id = $1",
      [INT4, id],
      [JSONB, '{"c": 1}'],
      [TEXT, 'x'],
    );
  }
  await client.end();
  // One text, of which each role means a table of its own.
  for (const [user, type] of [
    ['postgres', INT4],
    ['clerk', INT8],
  ] as const) {
    const own = new Client({ host: '127.0.0.1', port: server.port, user, database: 'shop' });
    await own.connect();
    await typed(own, 'SELECT name FROM sold WHERE $1 IS NULL OR id = $1', [type, '1']);
    await own.end();
  }
  // One that only its session's search_path finds.
  const vault = await server.connect('shop');
  await vault.query('SET search_path = vault');
  await typed(vault, 'SELECT name FROM safe WHERE $1 IS NULL OR id = $1', [INT4, '1']);
  await vault.query('RESET search_path; BEGIN');
  await vault.query("SELECT set_config('search_path', 'vault', true)");
  await typed(vault, 'SELECT name, id FROM safe WHERE $1 IS NULL OR id = $1', [INT4, '1']);
  await vault.query('COMMIT');
  await vault.end();
  await importLog(await server.log(), 'shop.trace');
  const seed = join(reports, 'seed.sql');
  if (existsSync(seed)) {
    await server.createDatabase('d', {});
    const seeded = await server.connect('d');
    await seeded.query(await readFile(seed, 'utf8'));
    await seeded.end();
  }
  await server.stop();
});

describe("parameters' types", () => {
  it('are found before a run, kept beside the trace, named in the plan, and told to both sides', async () => {
    const baseline = await shop.replay('baseline', 'shop.trace');
    const file = join(shop.folder, 'shop.trace.types.json');
    const types: ParameterTypes = JSON.parse(await readFile(file, 'utf8'));
    const told = types.shapes.map((shape) => [shape.role, shape.likeness, shape.types]);
    expect(told).toEqual([
      ['postgres', undefined, ['int4']],
      ['postgres', undefined, ['interval']],
      ['postgres', undefined, ['timestamptz']],
      ['postgres', undefined, [null, 'jsonb', 'text']],
      ['postgres', undefined, ['int4']],
      ['postgres', undefined, ['int4']],
      ['postgres', undefined, ['int4']],
      ['clerk', undefined, ['int8']],
      ['postgres', ['timestamptz'], ['timestamptz']],
      ['postgres', ['int4'], ['int4']],
    ]);
    const split = await shop.run('split');
    expect([baseline, split].map(({ load }) => load.errors.map(({ code }) => code))).toEqual([[], []]);
    expect(split.plan.workload.parameterTypesSha256).toBe(baseline.plan.workload.parameterTypesSha256);

    types.shapes[0]!.types = ['int8'];
    await writeFile(file, JSON.stringify(types));
    const changed = await shop.bench('run', 'split');
    expect(changed).toMatchObject({ code: 2 });
    expect(changed.stderr).toContain('types of parameters');
  }, 180_000);

  it.skipIf(!existsSync(reports))(
    'of reported statements are found (../shared/data/reports)',
    async () => {
      const log = join(reports, 'untyped-parameters.csv');
      const imported = await shop.bench('import', log, '-o', 'reported.trace', '--json');
      expect(imported, imported.stderr).toMatchObject({ code: 0 });
      const baseline = await shop.replay('baseline', 'reported.trace', 'd');
      for (const { accounting } of [baseline, await shop.run('split')]) {
        expect(accounting).toMatchObject({ captured: 5, ok: 5 });
      }
    },
    180_000,
  );
});
