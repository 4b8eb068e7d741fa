import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Outcome, runBench } from '../e2e/bench.js';
import { withConnection } from '../servers.js';

/**
 * A whole comparison on two servers that somebody else runs: Debian's PostgreSQL, with TLS and passwords, on ports of their own.
 * BIN names another folder of PostgreSQL's programs. What isn't the bench's is the same afterwards.
 */

const { BIN = newestOfDebian(), SECONDS = '40', RATE = '150' } = process.env;
const folder = mkdtempSync(join(tmpdir(), 'splitbench-servers-'));
const PORTS = { primary: 55_480, replica: 55_481 };
const TLS = `sslmode=verify-full&sslrootcert=${join(folder, 'ca.crt')}`;
const url = (port: number, database = 'bench') => `postgres://bench@localhost:${port}/${database}?${TLS}`;
const env = { PGPASSFILE: join(folder, 'pgpass') };

function newestOfDebian(): string {
  const home = '/usr/lib/postgresql';
  const versions = existsSync(home)
    ? readdirSync(home)
        .map(Number)
        .sort((a, b) => b - a)
    : [];
  return join(home, String(versions[0]), 'bin');
}

/** As a user that PostgreSQL lets run it. */
function shell(command: string): string {
  const args =
    userInfo().uid === 0 ? ['su', 'postgres', '-s', '/bin/sh', '-c', command] : ['sh', '-c', command];
  const { status, stdout, stderr } = spawnSync(args[0]!, args.slice(1), { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr || stdout}`);
  return stdout;
}

beforeAll(() => {
  if (!existsSync(join(BIN, 'pg_basebackup'))) throw new Error(`BIN: no PostgreSQL programs in ${BIN}`);
  chmodSync(folder, 0o777);
  writeFileSync(join(folder, 'password'), 'secret');
  writeFileSync(env.PGPASSFILE, 'localhost:*:*:bench:for-bench\n');
  chmodSync(env.PGPASSFILE, 0o600);
  const { primary, replica } = PORTS;
  shell(`cd ${folder} && openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=authority -keyout ca.key -out ca.crt 2>&1 &&
    openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr 2>&1 &&
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.crt 2>&1 && chmod 600 server.key &&
    ${BIN}/initdb -D primary -U admin -A scram-sha-256 --pwfile password`);
  shell(`cd ${folder} && cat > primary/postgresql.auto.conf <<'END'
port = ${primary}
listen_addresses = 'localhost'
unix_socket_directories = ''
ssl = on
ssl_cert_file = '${folder}/server.crt'
ssl_key_file = '${folder}/server.key'
shared_preload_libraries = 'pg_stat_statements'
hot_standby_feedback = on
END
    printf 'hostssl all all all scram-sha-256\\nhostssl replication all all scram-sha-256\\n' > primary/pg_hba.conf &&
    ${BIN}/pg_ctl -D primary -l primary.log -w start`);
  shell(`cd ${folder} && export PGPASSWORD=secret && psql -q "host=localhost port=${primary} user=admin dbname=template1" \
    -c "CREATE EXTENSION pg_stat_statements" -c "CREATE ROLE bench LOGIN CREATEDB PASSWORD 'for-bench'" \
    -c "GRANT pg_monitor TO bench" -c "CREATE DATABASE shop" &&
    ${BIN}/pg_basebackup -d "host=localhost port=${primary} user=admin" -D replica -c fast -R -C -S replica &&
    sed -i 's/^port = .*/port = ${replica}/' replica/postgresql.auto.conf &&
    ${BIN}/pg_ctl -D replica -l replica.log -w start`);
});

afterAll(() => {
  for (const name of ['replica', 'primary']) {
    if (existsSync(join(folder, name, 'postmaster.pid')))
      shell(`${BIN}/pg_ctl -D ${folder}/${name} -m fast -w stop`);
  }
  rmSync(folder, { recursive: true, force: true });
});

async function bench(...args: string[]): Promise<Outcome> {
  const outcome = await runBench(folder, args, env);
  console.log(outcome.stdout);
  expect(outcome.stderr).not.toContain('bench: ');
  return outcome;
}

/** Settings, roles and databases that aren't the bench's; and the calls that are counted in them. */
async function state() {
  const ssl = { rejectUnauthorized: false };
  const admin = { host: 'localhost', user: 'admin', password: 'secret', database: 'shop', ssl };
  return withConnection({ ...admin, port: PORTS.primary }, async (client) => {
    const rows = async (sql: string) => (await client.query(sql)).rows;
    return {
      facts: JSON.stringify([
        await rows(`SELECT name, setting FROM pg_settings WHERE source NOT IN ('client', 'session')`),
        await rows('SELECT * FROM pg_authid ORDER BY oid'),
        await rows('SELECT * FROM pg_db_role_setting ORDER BY 1, 2'),
        await rows(
          `SELECT oid, datname, datdba, datacl FROM pg_database WHERE datname NOT LIKE 'bench%' ORDER BY oid`,
        ),
        await rows('SELECT oid, relname, relfilenode FROM pg_class ORDER BY oid'),
      ]),
      calls: await rows(
        `SELECT concat_ws(' ', dbid, userid, queryid, toplevel) AS id, calls::int FROM pg_stat_statements`,
      ),
    };
  });
}

test('baseline, split and compare on servers that are not the bench’s', async () => {
  const before = await state();
  await bench('prepare', url(PORTS.primary));
  const servers = ['--cluster', 'external', '--primary', url(PORTS.primary), '--replica', url(PORTS.replica)];
  const load = [
    '--rate',
    RATE,
    '--duration',
    `${SECONDS}s`,
    '--warmup',
    '5s',
    '--scale',
    '0.2',
    '--driver',
    'player',
  ];
  await bench('run', 'baseline', ...servers, ...load);
  await bench('run', 'split');
  const compared = await bench('compare');
  for (const target of [
    'Reads on the primary',
    'CPU of the primary',
    'Replica lag',
    'Use of the busiest pool',
  ]) {
    expect(compared.stdout).toMatch(new RegExp(`^(?!.*not measured).*${target}`, 'm'));
  }
  expect(spawnSync('grep', ['-rl', 'for-bench', join(folder, 'reports')]).status).toBe(1);
  expect((await bench('prepare', '--remove', url(PORTS.primary))).stdout).toContain('bench, bench_template');

  const after = await state();
  expect(after.facts).toBe(before.facts);
  const calls = new Map(after.calls.map(({ id, calls }) => [id, calls]));
  for (const { id, calls: then } of before.calls) expect(calls.get(id)).toBeGreaterThanOrEqual(then);
});
