import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chownSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, ConnectionConfig } from '../../../src/cluster/cluster.js';
import { resolveBinaries } from '../../../src/cluster/embedded/binaries.js';
import { withFreePorts } from '../../../src/cluster/free-ports.js';
import { withConnection } from '../../servers.js';

/** Debian puts it where an ordinary user's PATH doesn't lead. */
const FOLDERS = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];

const START_TIMEOUT_MS = 15_000;

export interface Pgpool extends AsyncDisposable {
  connection: ConnectionConfig;
}

/** Starts pgpool-II before the cluster, all reads to the standby; null where it isn't installed. */
export async function startPgpool(cluster: Cluster, clients: number): Promise<Pgpool | null> {
  const program = FOLDERS.map((folder) => join(folder, 'pgpool')).find(isExecutable);
  if (program === undefined) return null;
  const { runAs } = await resolveBinaries();
  const folder = mkdtempSync(join(tmpdir(), 'pgpool-'));
  const { admin } = cluster.primary;
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    if (runAs) chownSync(join(folder, name), runAs.uid, runAs.gid);
    return join(folder, name);
  };
  if (runAs) chownSync(folder, runAs.uid, runAs.gid);
  write('pool_passwd', `${admin.user}:TEXT${admin.password}\n`);
  const hba = write('pool_hba.conf', 'host all all 127.0.0.1/32 trust\n');
  const pcp = write('pcp.conf', '');
  return withFreePorts(2, async (ports) => {
    const [port, pcpPort] = ports as [number, number];
    const conf = write('pgpool.conf', configuration(cluster, { folder, port, pcpPort, clients }));
    const child = spawn(program, ['-n', '-f', conf, '-F', pcp, '-a', hba], {
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(runAs ? { uid: runAs.uid, gid: runAs.gid } : {}),
    });
    const gone = once(child, 'exit');
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said = (said + text).slice(-2000);
    });
    const connection = { ...admin, port };
    const pgpool = {
      connection,
      async [Symbol.asyncDispose]() {
        child.kill('SIGINT');
        await gone;
        rmSync(folder, { recursive: true });
      },
    };
    try {
      await untilBalanced(connection, cluster.replicas[0]!.admin);
      return pgpool;
    } catch (error) {
      await pgpool[Symbol.asyncDispose]();
      throw new Error(`pgpool-II did not come up: ${said}`, { cause: error });
    }
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** As it comes, but for what makes it balance by statement, keep its connections and write no log. */
function configuration(
  { primary, replicas }: Cluster,
  at: { folder: string; port: number; pcpPort: number; clients: number },
): string {
  const [standby] = replicas;
  const settings: Record<string, string | number> = {
    backend_clustering_mode: 'streaming_replication',
    listen_addresses: '127.0.0.1',
    port: at.port,
    socket_dir: at.folder,
    pcp_listen_addresses: '127.0.0.1',
    pcp_port: at.pcpPort,
    pcp_socket_dir: at.folder,
    wd_ipc_socket_dir: at.folder,
    logdir: at.folder,
    pid_file_name: join(at.folder, 'pgpool.pid'),
    backend_hostname0: primary.admin.host,
    backend_port0: primary.admin.port,
    backend_weight0: 0,
    backend_hostname1: standby!.admin.host,
    backend_port1: standby!.admin.port,
    backend_weight1: 1,
    enable_pool_hba: 'on',
    pool_passwd: join(at.folder, 'pool_passwd'),
    num_init_children: at.clients,
    max_pool: 1,
    load_balance_mode: 'on',
    statement_level_load_balance: 'on',
    sr_check_user: primary.admin.user,
    sr_check_password: primary.admin.password,
    sr_check_database: primary.admin.database,
    log_min_messages: 'error',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = '${value}'\n`)
    .join('');
}

/** It answers, and its reads come from the standby: until it has looked for the primary they don't. */
async function untilBalanced(connection: ConnectionConfig, standby: ConnectionConfig): Promise<void> {
  const deadlineMs = performance.now() + START_TIMEOUT_MS;
  let last: unknown = new Error('Its reads come from the primary.');
  while (performance.now() < deadlineMs) {
    try {
      const port = await withConnection(connection, async (client) => {
        const { rows } = await client.query('select inet_server_port() as port');
        return rows[0].port;
      });
      if (port === standby.port) return;
    } catch (error) {
      last = error;
    }
    await sleep(100);
  }
  throw last;
}
