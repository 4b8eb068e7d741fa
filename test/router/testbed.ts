import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withClient } from '../../src/cluster/client.js';
import type { ConnectionConfig } from '../../src/cluster/cluster.js';
import { type PgBinaries, resolveBinaries } from '../../src/cluster/embedded/binaries.js';
import { ADMIN_ROLE, configureDataDirectory } from '../../src/cluster/embedded/data-directory.js';
import { type Server, startServer } from '../../src/cluster/embedded/server.js';
import { defaultSettings } from '../../src/cluster/settings.js';
import { ensureTemplate, type Template } from '../../src/cluster/template/template.js';
import { copyTree, writeOwned } from '../../src/machine/disk.js';
import { processStart, processTree } from '../../src/machine/processes.js';
import { openRunDir, type RunDir } from '../../src/machine/run-dir.js';
import { runTool } from '../../src/machine/tool.js';

export interface TestbedOptions {
  standbys: number;
  /** Over the testbed's own, for every server alike. */
  settings?: Record<string, string>;
  /** Testbeds of different identities have different system identifiers. */
  identity?: string;
}

/** A primary and its streaming standbys, which can fail in every way. */
export interface Testbed extends AsyncDisposable {
  primary: TestServer;
  standbys: TestServer[];
}

const SETTINGS = {
  ...defaultSettings,
  shared_buffers: '32MB',
  // What is killed here are processes: the kernel keeps what they wrote.
  fsync: 'off',
  // A standby that was away catches up, without a slot that its primary's successor would not have.
  wal_keep_size: '1GB',
  // Vacuum runs when a test wants it to, and then it does cancel what reads the rows on a standby.
  autovacuum: 'off',
  hot_standby_feedback: 'off',
};

/** Holds a server's name. A setting of the user's own, which a router need not take for the state of one server. */
export const NAME_SETTING = 'testbed.name';

const never = new AbortController().signal;

/** Ready when every standby streams. The database is empty, but for what a template always has. */
export async function startTestbed({
  standbys,
  settings = {},
  identity = '',
}: TestbedOptions): Promise<Testbed> {
  const binaries = await resolveBinaries();
  const template = await ensureTemplate({
    label: 'testbed',
    key: { identity },
    database: 'router',
    load: async () => {},
    signal: never,
  });
  const run = openRunDir(`testbed-${randomUUID().slice(0, 8)}`, { forServers: true });
  const surroundings = { binaries, template, run, settings: { ...SETTINGS, ...settings } };
  const names = ['primary', ...Array.from({ length: standbys }, (_, i) => `standby-${i + 1}`)];
  const ports = await quietPorts(names.length);
  const [primary, ...others] = names.map((name, i) => new TestServer(name, ports[i]!, surroundings));
  const dispose = async () => {
    await Promise.all([primary!, ...others].map((server) => server.abandon()));
    run.remove();
  };
  try {
    await Promise.all([primary!.create(), ...others.map((server) => server.create(primary))]);
    await primary!.until(
      `SELECT count(*) = ${standbys} AS ok FROM pg_stat_replication WHERE state = 'streaming'`,
    );
  } catch (error) {
    await dispose();
    throw error;
  }
  return { primary: primary!, standbys: others, [Symbol.asyncDispose]: dispose };
}

interface Surroundings {
  binaries: PgBinaries;
  template: Template;
  run: RunDir;
  settings: Record<string, string>;
}

/** Standbys may be slow to say that they have got everything; a test doesn't wait for one that can't. */
const STOP_PATIENCE_MS = 10_000;
const UNTIL_TIMEOUT_MS = 20_000;

/** One server of a testbed: it keeps its port and its data through everything that is done to it. */
export class TestServer {
  /** As superuser. */
  readonly connection: ConnectionConfig;
  readonly #dataDir: string;
  readonly #in: Surroundings;
  #server: Server | undefined;

  constructor(
    readonly name: string,
    port: number,
    surroundings: Surroundings,
  ) {
    const { template, run } = surroundings;
    const { password, database } = template;
    this.connection = { host: '127.0.0.1', port, user: ADMIN_ROLE, password, database };
    this.#dataDir = join(run.path, name);
    this.#in = surroundings;
  }

  /** Makes it from the template and starts it, as a standby of `primary` if there is one. */
  async create(primary?: TestServer): Promise<void> {
    const { template, binaries, run } = this.#in;
    await copyTree(template.dir, this.#dataDir, { runAs: binaries.runAs, run });
    await this.#configure(primary);
    await this.start();
  }

  async #configure(primary: TestServer | undefined): Promise<void> {
    const { runAs } = this.#in.binaries;
    const settings: Record<string, string> = { ...this.#in.settings, [NAME_SETTING]: this.name };
    if (primary) {
      const { host, port, user, password } = primary.connection;
      settings.primary_conninfo = `host=${host} port=${port} user=${user} password=${password} application_name=${this.name}`;
      await writeOwned(join(this.#dataDir, 'standby.signal'), '', runAs);
    }
    await configureDataDirectory(this.#dataDir, { port: this.connection.port, settings, runAs });
  }

  /** Brings it up again on the same port and data; resolves when it accepts connections. */
  async start(): Promise<void> {
    const { binaries, run } = this.#in;
    this.#server = await startServer({
      binaries,
      dataDir: this.#dataDir,
      logFile: `${this.#dataDir}.log`,
      signal: never,
      runId: run.id,
    });
  }

  /** A fast shutdown: a primary sends its standbys everything first. */
  async stop(): Promise<void> {
    await this.thaw();
    await this.#server?.stop(STOP_PATIENCE_MS);
    this.#server = undefined;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Ends every process of it at once, as if the machine had crashed. */
  async kill(): Promise<void> {
    if (!this.#server) return;
    await this.freeze();
    const processes = processTree(this.#server.pid);
    for (const pid of processes) process.kill(pid, 'SIGKILL');
    while (processes.some((pid) => processStart(pid) !== null)) await sleep(1);
    await this.#removeSharedMemory();
    await this.stop();
  }

  /** A killed server leaves behind the segment by which a second one would have known of it. */
  async #removeSharedMemory(): Promise<void> {
    // miscadmin.h, LOCK_FILE_LINE_SHMEM_KEY: its key and its id.
    const line = readFileSync(join(this.#dataDir, 'postmaster.pid'), 'utf8').split('\n')[6] ?? '';
    await runTool('ipcrm', ['-m', line.trim().split(/\s+/)[1] ?? '']);
  }

  /** Stops the clock for all its processes: sockets stay open, new connections are taken by the kernel, nothing answers. */
  async freeze(): Promise<void> {
    await this.#signal('SIGSTOP');
  }

  async thaw(): Promise<void> {
    await this.#signal('SIGCONT');
  }

  /** The postmaster first, which makes the others, until there are none left that it made meanwhile. */
  async #signal(name: NodeJS.Signals): Promise<void> {
    const done = new Set<number>();
    for (;;) {
      const found = this.#server ? processTree(this.#server.pid).filter((pid) => !done.has(pid)) : [];
      if (found.length === 0) return;
      for (const pid of found) {
        done.add(pid);
        try {
          process.kill(pid, name);
        } catch {
          // It has just ended.
        }
      }
      await sleep(2);
    }
  }

  /** Resolves when it takes writes. */
  async promote(): Promise<void> {
    await this.query('SELECT pg_promote(true)');
    await this.until('SELECT NOT pg_is_in_recovery() AS ok');
  }

  /**
   * Makes it a standby of another server, whatever it was before: from a new copy of that one's data, as a deposed
   * primary may have gone its own way. Resolves when it streams.
   */
  async follow(primary: TestServer): Promise<void> {
    await this.stop();
    await withClient(primary.connection, async (client) => {
      await client.query(`SELECT pg_backup_start('${this.name}', fast => true)`);
      await this.#copyRunning(primary);
      const { rows } = await client.query('SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)');
      const { runAs } = this.#in.binaries;
      await writeOwned(join(this.#dataDir, 'backup_label'), rows[0].labelfile, runAs);
    });
    await this.#configure(primary);
    await this.start();
    await primary.until(
      `SELECT count(*) > 0 AS ok FROM pg_stat_replication WHERE application_name = '${this.name}' AND state = 'streaming'`,
    );
  }

  async #copyRunning(other: TestServer): Promise<void> {
    const { binaries, run } = this.#in;
    for (let attempt = 1; ; attempt++) {
      await rm(this.#dataDir, { recursive: true, force: true });
      try {
        await copyTree(other.#dataDir, this.#dataDir, { runAs: binaries.runAs, run });
        break;
      } catch (error) {
        // A file was gone before its turn came: the server may remove any at any time.
        if (attempt === 5) throw error;
      }
    }
    for (const file of ['postmaster.pid', 'postmaster.opts']) await rm(join(this.#dataDir, file));
  }

  async pauseReplay(): Promise<void> {
    await this.query('SELECT pg_wal_replay_pause()');
    await this.until(`SELECT pg_get_wal_replay_pause_state() = 'paused' AS ok`);
  }

  async resumeReplay(): Promise<void> {
    await this.query('SELECT pg_wal_replay_resume()');
  }

  /** Replays each commit this long after the primary made it; 0 for at once. */
  async delayReplay(ms: number): Promise<void> {
    await this.query(`ALTER SYSTEM SET recovery_min_apply_delay = '${ms}ms'`);
    await this.query('SELECT pg_reload_conf()');
    await this.until(
      `SELECT setting = '${ms}' AS ok FROM pg_settings WHERE name = 'recovery_min_apply_delay'`,
    );
  }

  /** Resolves when it has replayed all that another server has written by now. */
  async catchUpWith(primary: TestServer): Promise<void> {
    const [{ lsn }] = await primary.query('SELECT pg_current_wal_flush_lsn() AS lsn');
    await this.until(`SELECT pg_last_wal_replay_lsn() >= '${lsn}'::pg_lsn AS ok`);
  }

  /** Runs one text on a connection of its own. */
  // biome-ignore lint/suspicious/noExplicitAny: rows are whatever a test asks for
  async query(sql: string): Promise<any[]> {
    return withClient(this.connection, async (client) => (await client.query(sql)).rows);
  }

  /** Resolves when a query's `ok` is true. */
  async until(sql: string): Promise<void> {
    const deadline = performance.now() + UNTIL_TIMEOUT_MS;
    await withClient(this.connection, async (client) => {
      while (!(await client.query(sql)).rows[0]?.ok) {
        if (performance.now() > deadline) throw new Error(`${this.name} did not come to this: ${sql}`);
        await sleep(10);
      }
    });
  }

  /** How many connections it has of an application's. */
  async connections(applicationName: string): Promise<number> {
    const [{ count }] = await this.query(
      `SELECT count(*)::int FROM pg_stat_activity WHERE application_name = '${applicationName}'`,
    );
    return count;
  }

  /** Ends it without ceremony: its data are about to be removed. */
  async abandon(): Promise<void> {
    await this.thaw();
    await this.#server?.stop(0);
    this.#server = undefined;
  }
}

/** So many for each of the test files that run at a time, which can't take one from another before its server has it. */
const PORTS = 1000;
const firstPort = 20_000 + PORTS * (Number(process.env.VITEST_POOL_ID ?? 0) % 10);
let tried = process.pid;

/**
 * Free ports below those that the kernel gives to outgoing connections: one of these could otherwise take the port of
 * a server that is down, or be connected to itself.
 */
async function quietPorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = firstPort + (tried++ % PORTS);
    const probe = createServer().listen(port, '127.0.0.1');
    const free = await once(probe, 'listening').then(
      () => true,
      () => false,
    );
    probe.close();
    if (free) ports.push(port);
  }
  return ports;
}
