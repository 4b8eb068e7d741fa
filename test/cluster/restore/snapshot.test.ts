import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureSnapshotTemplate } from '../../../src/cluster/restore/snapshot.js';
import type { Template } from '../../../src/cluster/template/template.js';
import { hasProgram, ownCache, processesNaming, query, smallTemplate, startCluster } from '../support.js';
import { ITEMS } from './items.js';

const cache = ownCache();
const files = join(cache.dir, 'files');
const file = (name: string) => join(files, name);
const write = (name: string, content: string | Uint8Array) => {
  writeFileSync(file(name), content);
  return file(name);
};
const readdirSyncOrNone = (dir: string) => (existsSync(dir) ? readdirSync(dir) : []);
const hasClients = ['pg_dump', 'pg_restore', 'psql'].every(hasProgram);

/** Things that the bench's server hasn't (a role, an extension) are asked for in the dumps, as real ones do. */
const EXTRAS = `
ALTER TABLE public.item OWNER TO anna;
GRANT SELECT ON public.item TO bert;
CREATE EXTENSION missing_extension;
`;

const PLAIN = `${ITEMS}${EXTRAS}`;

beforeAll(async () => {
  mkdirSync(files);
  writeFileSync(file('plain.sql'), PLAIN);
});
afterAll(() => cache.remove());

const never: AbortSignal = new AbortController().signal;
const snapshot = (path: string, database?: string) =>
  ensureSnapshotTemplate({ path, database, signal: never });

/** Runs a cluster on it and asks the standby. */
async function itemsOnReplica(template: Template): Promise<unknown> {
  const cluster = await startCluster(template);
  try {
    await query(cluster.primary.app, 'CREATE TEMP TABLE scratch AS SELECT 1'); // as its users could
    await query(cluster.primary.monitor, 'SELECT count(*) FROM pg_stat_statements');
    return await query(cluster.replicas[0]!.app, 'SELECT count(*)::int AS n FROM item');
  } finally {
    await cluster[Symbol.asyncDispose]();
  }
}

describe.skipIf(!hasClients)('a dump', () => {
  test('in plain SQL is restored once; roles and extensions it misses are warnings', async () => {
    const template = await snapshot(file('plain.sql'));
    expect(template).toMatchObject({ database: 'workload' });
    expect(template.warnings).toEqual([
      'Restoring the snapshot: role "anna" does not exist.',
      'Restoring the snapshot: role "bert" does not exist.',
      'Restoring the snapshot: extension "missing_extension" is not available.',
    ]);
    expect(await snapshot(file('plain.sql'))).toEqual(template);
    expect(await itemsOnReplica(template)).toEqual([{ n: 2 }]);
  });

  test('in plain SQL that names its database is found there', async () => {
    const create = `CREATE DATABASE "the shop" LOCALE 'xx_XX.utf8' TEMPLATE template0;\n\\connect "the shop"\n`;
    writeFileSync(file('create.sql'), create + PLAIN);
    const template = await snapshot(file('create.sql'), 'other');
    expect(template.database).toBe('the shop');
    expect(template.warnings.at(-1)).toContain('fills the database the shop and not other');
    expect(await itemsOnReplica(template)).toEqual([{ n: 2 }]);
  });

  test('that brings nothing is refused', async () => {
    writeFileSync(file('nothing.sql'), 'SELECT 1;\nCREATE TABLE a (b missing_type);\n');
    await expect(snapshot(file('nothing.sql'))).rejects.toMatchObject({
      code: 'SNAPSHOT_EMPTY',
      message: expect.stringContaining('missing_type'),
    });
    expect(readdirSync(join(cache.dir, 'runs')).filter((name) => name.includes('template'))).toEqual([]);
  });

  test('is restored with the roles of its globals, which may log in to the copy', async () => {
    const globals = write(
      'globals.sql',
      `CREATE ROLE anna;
ALTER ROLE anna WITH NOSUPERUSER INHERIT NOLOGIN CONNECTION LIMIT 0 VALID UNTIL '2020-01-01';
CREATE ROLE "Bert ""the"" reader";
CREATE ROLE bert;
ALTER ROLE bert SET statement_timeout TO '400ms';
ALTER ROLE bert SET log_min_duration_statement TO '0';
ALTER ROLE ALL SET log_statement TO 'all';
CREATE ROLE splitbench;
ALTER ROLE splitbench WITH NOSUPERUSER NOLOGIN PASSWORD 'of another machine';
CREATE ROLE splitbench_app;
ALTER ROLE splitbench_app WITH NOLOGIN;
GRANT anna TO bert GRANTED BY postgres;
CREATE TABLESPACE fast OWNER anna LOCATION '${files}';
GRANT ALL ON TABLESPACE fast TO bert;
`,
    );
    const template = await ensureSnapshotTemplate({ path: file('plain.sql'), globals, signal: never });
    expect(template.warnings).toEqual([
      'The globals name tablespaces (fast), which are left out: their tables are kept with all others.',
      'Restoring the snapshot: extension "missing_extension" is not available.',
    ]);
    expect(template.globalsSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(template.roles).toEqual(
      expect.arrayContaining([
        { name: 'anna', statementTimeoutMs: 0 },
        { name: 'bert', statementTimeoutMs: 400 },
        { name: 'Bert "the" reader', statementTimeoutMs: 0 },
      ]),
    );
    expect(readdirSync(files).filter((name) => name.startsWith('PG_'))).toEqual([]);
    const cluster = await startCluster(template);
    try {
      const as = (user: string) => ({ ...cluster.replicas[0]!.app, user });
      const asked = 'SELECT count(*)::int AS n FROM item';
      expect(await query(as('anna'), asked)).toEqual([{ n: 2 }]);
      expect(await query(as('bert'), asked)).toEqual([{ n: 2 }]);
      expect(await query(as('bert'), `SELECT pg_has_role('anna', 'MEMBER') AS is`)).toEqual([{ is: true }]);
      const settings = `SELECT string_agg(entry, ' ') AS set FROM pg_db_role_setting, unnest(setconfig) entry WHERE entry ~ '^log_|400'`;
      expect(await query(as('bert'), settings)).toEqual([{ set: 'statement_timeout=400ms' }]);
      await expect(query(as('Bert "the" reader'), asked)).rejects.toMatchObject({ code: '42501' });
    } finally {
      await cluster[Symbol.asyncDispose]();
    }
  });

  test('is refused with globals that create no role', async () => {
    const globals = write('no-globals.sql', 'SELECT 1;\n');
    await expect(
      ensureSnapshotTemplate({ path: file('plain.sql'), globals, signal: never }),
    ).rejects.toMatchObject({ code: 'NOT_GLOBALS', exitCode: 2 });
  });

  test('that is torn is refused', async () => {
    writeFileSync(file('torn.dump'), 'PGDMP and then nothing sensible');
    await expect(snapshot(file('torn.dump'))).rejects.toMatchObject({ code: 'RESTORE_FAILED', exitCode: 2 });
  });
});

/** The bin folder of a whole PostgreSQL of this machine, whose pg_dump is as new as its server. */
const systemBin = readdirSyncOrNone('/usr/lib/postgresql')
  .map((version) => `/usr/lib/postgresql/${version}/bin`)
  .find((bin) => ['postgres', 'initdb', 'pg_dump'].every((name) => existsSync(join(bin, name))));

describe.skipIf(!systemBin || !hasClients)('a dump of another server', () => {
  beforeAll(async () => {
    process.env.BENCH_PG_BIN = systemBin;
    const source = await startCluster(await smallTemplate({ database: 'the shop' }), { replicas: 0 });
    try {
      const { admin } = source.primary;
      await query(admin, 'CREATE ROLE anna; ALTER TABLE item OWNER TO anna; GRANT SELECT ON item TO anna');
      const dump = (...args: string[]) =>
        execFileSync(
          join(systemBin!, 'pg_dump'),
          [...args, '-h', admin.host, '-p', String(admin.port), '-U', admin.user, admin.database],
          { env: { ...process.env, PGPASSWORD: admin.password } },
        );
      dump('-Fc', '-f', file('custom.dump'));
      dump('--create', '-f', file('made.sql'));
    } finally {
      await source[Symbol.asyncDispose]();
      delete process.env.BENCH_PG_BIN;
    }
  });

  test('in custom format is restored, whoever owned what', async () => {
    const template = await snapshot(file('custom.dump'), 'shop');
    expect(template).toMatchObject({ database: 'shop', warnings: [] });
    expect(await itemsOnReplica(template)).toEqual([{ n: 1000 }]);
  });

  test('in plain SQL is restored, into the database it names', async () => {
    const template = await snapshot(file('made.sql'));
    expect(template.database).toBe('the shop');
    expect(template.warnings).toEqual(['Restoring the snapshot: role "anna" does not exist.']);
    expect(await itemsOnReplica(template)).toEqual([{ n: 1000 }]);
  });
});

describe('a dump without the program that restores it', () => {
  test.each([
    ['pg_restore', 'torn.dump', 'PGDMP…'],
    ['psql', 'plain.sql', PLAIN],
  ])('names %s and how to get it', async (program, name, content) => {
    writeFileSync(file(name), content);
    const path = process.env.PATH;
    // What else the bench needs is still found.
    mkdirSync(file('bin'), { recursive: true });
    for (const tool of ['id', 'cp', 'chown', 'chmod', 'taskset']) {
      const at = ['/usr/bin', '/bin'].map((dir) => join(dir, tool)).find(existsSync);
      if (at && !existsSync(file(`bin/${tool}`))) execFileSync('ln', ['-s', at, file(`bin/${tool}`)]);
    }
    process.env.PATH = file('bin');
    try {
      await expect(snapshot(file(name), `without ${program}`)).rejects.toMatchObject({
        code: 'NO_CLIENT_TOOL',
        exitCode: 2,
        message: expect.stringMatching(new RegExp(`${program}.*install`)),
      });
    } finally {
      process.env.PATH = path;
    }
  });
});

describe('a data directory', () => {
  let dir: string;
  beforeAll(async () => {
    const template = await smallTemplate();
    dir = file('data');
    cpSync(template.dir, dir, { recursive: true });
    execFileSync('chown', ['-R', '--reference', template.dir, dir]);
    // As if made by others: a WAL folder elsewhere, a slot, settings that is not available here.
    execFileSync('mv', [join(dir, 'pg_wal'), file('wal')]);
    execFileSync('ln', ['-s', file('wal'), join(dir, 'pg_wal')]);
    writeFileSync(join(dir, 'postgresql.conf'), `shared_preload_libraries = 'not_installed'\n`);
  });

  test('is copied and never touched', async () => {
    const before = execFileSync('find', [dir, file('wal'), '-printf', '%p %s %T@ %U %m\\n'], {
      encoding: 'utf8',
    });
    const template = await snapshot(dir);
    expect(template).toMatchObject({ database: 'shop', warnings: [] });
    expect(await snapshot(dir)).toEqual(template);
    expect(await itemsOnReplica(template)).toEqual([{ n: 1000 }]);
    expect(
      execFileSync('find', [dir, file('wal'), '-printf', '%p %s %T@ %U %m\\n'], { encoding: 'utf8' }),
    ).toBe(before);
    expect(processesNaming(cache.dir)).toEqual([]);
  });

  test('without the database asked for is refused, and its databases are named', async () => {
    await expect(snapshot(dir, 'nowhere')).rejects.toMatchObject({
      code: 'NO_SUCH_DATABASE',
      message: expect.stringContaining('shop'),
    });
  });

  test('that was not stopped cleanly is refused', async () => {
    const control = join(dir, 'global', 'pg_control');
    const clean = readFileSync(control);
    const running = Buffer.from(clean);
    running.writeInt32LE(6, 16);
    writeFileSync(control, running);
    await expect(snapshot(dir)).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_UNCLEAN',
      message: expect.stringContaining('in production'),
    });
    writeFileSync(control, clean);
    writeFileSync(join(dir, 'postmaster.pid'), '1\n');
    await expect(snapshot(dir)).rejects.toMatchObject({ code: 'DATA_DIRECTORY_UNCLEAN' });
    rmSync(join(dir, 'postmaster.pid'));
  });

  test('of another major version is refused', async () => {
    const version = readFileSync(join(dir, 'PG_VERSION'));
    writeFileSync(join(dir, 'PG_VERSION'), '9.6\n');
    await expect(snapshot(dir)).rejects.toMatchObject({ code: 'DATA_DIRECTORY_VERSION', exitCode: 2 });
    writeFileSync(join(dir, 'PG_VERSION'), version);
  });
});

describe('what is no snapshot', () => {
  test.each([
    ['an absent path', () => file('absent'), 'there is no such file'],
    ['an empty file', () => write('empty', ''), 'is empty'],
    ['a compressed file', () => write('dump.gz', Buffer.from([0x1f, 0x8b, 8])), 'gzip'],
    ['a binary file', () => write('binary', Buffer.from([1, 0, 2])), 'neither'],
    ['a folder of something else', () => files, 'PG_VERSION'],
  ])('%s is refused in words', async (_, path, words) => {
    await expect(snapshot(path())).rejects.toMatchObject({
      code: 'NOT_A_SNAPSHOT',
      exitCode: 2,
      message: expect.stringContaining(words),
    });
  });
});
