import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster.js';
import { optionsFromEnvironment } from '../../src/router/environment.js';
import { createRouter, RouterError } from '../../src/router/index.js';
import { startServers } from './servers.js';

afterEach(() => vi.unstubAllEnvs());

/** Where `pg` would connect with what the variables say. */
function target(env: NodeJS.ProcessEnv): Record<string, unknown> {
  const { primary } = optionsFromEnvironment(env);
  const { host, port, database, user, password } = new pg.Client(primary as string);
  return { host, port, database, user, password };
}

function complaint(env: NodeJS.ProcessEnv): string {
  try {
    optionsFromEnvironment(env);
  } catch (error) {
    expect(error).toBeInstanceOf(RouterError);
    expect(error).toMatchObject({ code: 'INVALID_ENVIRONMENT' });
    return (error as RouterError).message;
  }
  throw new Error('It was accepted.');
}

test('hosts are taken in every way of writing them', () => {
  const of = (host: string) =>
    optionsFromEnvironment({ PRIMARY_DB_HOST: host, DATABASE_NAME: 'shop' }).primary;
  const database = 'shop';
  expect(of('db1')).toEqual({ host: 'db1', database });
  expect(of(' db-1.example.com:6432 ')).toEqual({ host: 'db-1.example.com', port: 6432, database });
  expect(of('10.0.0.1:5433')).toEqual({ host: '10.0.0.1', port: 5433, database });
  expect(of('[2001:db8::1]:5433')).toEqual({ host: '2001:db8::1', port: 5433, database });
  expect(of('[::1]')).toEqual({ host: '::1', database });
  expect(of('::1')).toEqual({ host: '::1', database });
  expect(of('/var/run/postgresql')).toEqual({ host: '/var/run/postgresql', database });
});

test('a URL keeps what it says; the database is filled in only where it names none', () => {
  const of = (url: string) => target({ PRIMARY_DB_HOST: url, DATABASE_NAME: 'my shop' });
  expect(of('postgres://ann:s%40cret%2C@db1:5433/own')).toEqual({
    host: 'db1',
    port: 5433,
    database: 'own',
    user: 'ann',
    password: 's@cret,',
  });
  expect(of('postgresql://ann:s%40cret%2C@db1:5433')).toMatchObject({
    database: 'my shop',
    user: 'ann',
    password: 's@cret,',
  });
  expect(of('postgres://db1/')).toMatchObject({ host: 'db1', database: 'my shop' });
  expect(of('postgres://[::1]:5433?application_name=x')).toMatchObject({
    host: '::1',
    port: 5433,
    database: 'my shop',
  });
  expect(of('postgres://%2Fvar%2Frun')).toMatchObject({ host: '/var/run', database: 'my shop' });
  expect(of('postgres:///?host=/var/run')).toMatchObject({ host: '/var/run', database: 'my shop' });
});

test('what the variables leave open is read by pg from its own', () => {
  vi.stubEnv('PGUSER', 'bea');
  vi.stubEnv('PGPASSWORD', 'hidden');
  vi.stubEnv('PGPORT', '6000');
  vi.stubEnv('PGDATABASE', 'other');
  const filled = { user: 'bea', password: 'hidden', port: 6000, database: 'other' };
  expect(target({ PRIMARY_DB_HOST: 'db1' })).toEqual({ host: 'db1', ...filled });
  expect(target({ PRIMARY_DB_HOST: 'postgres://db1' })).toEqual({ host: 'db1', ...filled });
  expect(target({ PRIMARY_DB_HOST: 'db1:7000', DATABASE_NAME: 'shop' })).toMatchObject({
    port: 7000,
    database: 'shop',
  });
});

test('replicas are several, one or none', () => {
  const of = (hosts?: string) =>
    optionsFromEnvironment({ PRIMARY_DB_HOST: 'db1', REPLICA_DB_HOST: hosts }).replicas;
  expect(of(undefined)).toEqual([]);
  expect(of(' ')).toEqual([]);
  expect(of('db2:1')).toEqual([{ host: 'db2', port: 1, database: undefined }]);
  expect(of('db2, [::2]:5433 ,postgres://db3/shop')).toEqual([
    { host: 'db2', database: undefined },
    { host: '::2', port: 5433, database: undefined },
    'postgres://db3/shop',
  ]);
});

test('the size of the pools is a number, or the default', () => {
  const of = (size?: string) =>
    optionsFromEnvironment({ PRIMARY_DB_HOST: 'db1', DB_POOL_SIZE: size }).poolSize;
  expect(of('25')).toBe(25);
  expect(of('')).toBeUndefined();
  expect(of(undefined)).toBeUndefined();
});

test('what is wrong is said with the name of its variable', () => {
  expect(complaint({})).toBe(
    'The environment variable PRIMARY_DB_HOST is not set: it must name the one that takes writes.',
  );
  expect(complaint({ PRIMARY_DB_HOST: 'db1,db2' })).toContain('PRIMARY_DB_HOST names several servers');
  for (const host of ['db 1', 'db1:', 'db1:x', 'http://db1', '[db1]:5432', '1:2:3', 'me@db1']) {
    expect(complaint({ PRIMARY_DB_HOST: host })).toMatch(/^The environment variable PRIMARY_DB_HOST must be/);
  }
  expect(complaint({ PRIMARY_DB_HOST: 'db1:70000' })).toContain('PRIMARY_DB_HOST has the port 70000');
  expect(complaint({ PRIMARY_DB_HOST: 'db1', REPLICA_DB_HOST: 'db2,,db3' })).toContain('REPLICA_DB_HOST');
  for (const size of ['0', '-1', '2.5', 'many', '1e999']) {
    expect(complaint({ PRIMARY_DB_HOST: 'db1', DB_POOL_SIZE: size })).toContain(`DB_POOL_SIZE is "${size}"`);
  }
});

test('no complaint shows a password', () => {
  for (const host of [
    'postgres://ann:s3cret@db1:port/shop',
    'postgres://ann:s3cret@db1:99999/shop',
    'postgres://ann:12,s3cret@db1',
    'ann:s3cret@db1',
    'mysql://ann:s3cret@db1',
  ]) {
    expect(complaint({ PRIMARY_DB_HOST: host })).not.toContain('s3cret');
    expect(complaint({ PRIMARY_DB_HOST: 'db1', REPLICA_DB_HOST: host })).not.toContain('s3cret');
  }
});

describe('with servers', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startServers();
  });

  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  test('a router started from the environment reads from the replica and writes to the primary', async () => {
    const { user, password, database, host, port } = cluster.primary.admin;
    const replica = cluster.replicas[0]!.admin;
    vi.stubEnv('PGUSER', user);
    vi.stubEnv('PGPASSWORD', password);
    vi.stubEnv('PRIMARY_DB_HOST', `${host}:${port}`);
    vi.stubEnv(
      'REPLICA_DB_HOST',
      `postgres://${user}:${encodeURIComponent(password)}@${replica.host}:${replica.port}`,
    );
    vi.stubEnv('DATABASE_NAME', database);
    vi.stubEnv('DB_POOL_SIZE', '3');
    const router = await createRouter({ ...optionsFromEnvironment(), policy: 'rails' });
    try {
      const read = await router.query('select pg_is_in_recovery() as standby, count(*)::int as n from items');
      expect(read.rows).toEqual([{ standby: true, n: 200 }]);
      const write = await router.query(
        "insert into audit (note) values ('env') returning pg_is_in_recovery() as standby",
      );
      expect(write.rows).toEqual([{ standby: false }]);
      expect(router.stats().pools.map(({ size }) => size)).toEqual([3, 3]);
    } finally {
      await router.end();
    }
  });
});
