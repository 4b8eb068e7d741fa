import { appendFileSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { resolveBinaries } from '../../../src/cluster/embedded/binaries.js';
import { startServer } from '../../../src/cluster/embedded/server.js';
import { runTool } from '../../../src/machine/tool.js';

/** A PostgreSQL that writes its log to files, a csvlog unless told otherwise, for tests that need a log of a real server. */
export interface LoggingServer {
  port: number;
  dataDir: string;
  connect(database?: string, user?: string): Promise<pg.Client>;
  /** A new database, with settings of its own. */
  createDatabase(name: string, settings: Record<string, string>): Promise<void>;
  /** The log's files of a format, once all that was done so far stands in them. */
  log(extension?: 'csv' | 'json' | 'log'): Promise<string[]>;
  /** A clean shutdown, after which dataDir can serve as a snapshot. */
  stop(): Promise<void>;
  remove(): Promise<void>;
}

/** @param settings of the server, beside those that such a test needs */
export async function startLoggingServer(settings: Record<string, string> = {}): Promise<LoggingServer> {
  const binaries = await resolveBinaries();
  const { runAs } = binaries;
  const folder = mkdtempSync(join(tmpdir(), 'splitbench-logging-'));
  if (runAs) chownSync(folder, runAs.uid, runAs.gid);
  const dataDir = join(folder, 'data');
  const initdb = [
    '-D',
    dataDir,
    '-U',
    'postgres',
    '--auth=trust',
    '--encoding=UTF8',
    '--no-locale',
    '--no-sync',
  ];
  const made = await runTool(join(binaries.binDir, 'initdb'), initdb, { runAs, cwd: folder });
  if (made.code !== 0) throw new Error(made.stderr);
  const port = await freePort();
  const conf = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    shared_preload_libraries: 'pg_stat_statements',
    logging_collector: 'on',
    log_destination: 'csvlog',
    log_directory: join(folder, 'log'),
    log_filename: 'server.log',
    log_file_mode: '0644',
    log_timezone: 'UTC',
    ...settings,
  };
  const lines = Object.entries(conf).map(([name, value]) => `${name} = '${value}'\n`);
  appendFileSync(join(dataDir, 'postgresql.conf'), lines.join(''));
  const server = await startServer({
    binaries,
    dataDir,
    logFile: join(folder, 'start.log'),
    signal: new AbortController().signal,
  });
  const logFolder = join(folder, 'log');
  const connect = async (database = 'postgres', user = 'postgres') => {
    const client = new pg.Client({ host: '127.0.0.1', port, user, database });
    // A failed test leaves connections open, which the end of the server then breaks.
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  let markers = 0;
  return {
    port,
    dataDir,
    connect,
    async createDatabase(name, settings) {
      const client = await connect();
      await client.query(`CREATE DATABASE ${name}`);
      for (const [setting, value] of Object.entries(settings)) {
        await client.query(`ALTER DATABASE ${name} SET ${setting} = '${value}'`);
      }
      await client.end();
    },
    async log(extension = 'csv') {
      const files = () => readdirSync(logFolder).filter((name) => name.endsWith(`.${extension}`));
      const marker = `marker ${++markers} of the test`;
      const client = await connect();
      await client.query(`SET log_statement = 'all'; SELECT '${marker}'`);
      await client.query(`SELECT '${marker}'`);
      await client.end();
      const paths = files().map((name) => join(logFolder, name));
      for (let tries = 0; !paths.some((path) => readFileSync(path, 'utf8').includes(marker)); tries++) {
        if (tries > 500) throw new Error('the log never showed the marker');
        await sleep(20);
      }
      return paths;
    },
    stop: async () => void (await server.stop(10_000)),
    async remove() {
      await server.stop(10_000);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
