import { BenchError } from '../../machine/pure.js';
import { type PlannedNode, ROLES } from '../../record/pure.js';
import { type NodeConfig, optionsFromEnvironment, RouterError } from '../../router/index.js';
import { addressFrom, addressOf, nameOf, urlOf } from './address.js';
import { connectionTo } from './connect.js';
import { examine, type Found, refuseStrangers } from './examine.js';
import { MAINTENANCE_DATABASE } from './own-database.js';

/**
 * The servers that nodes name, or else the router's variables, each connected to once and asked what it is; the primary first.
 * @returns also the connections to a node that the variables want of a pool
 * @throws BenchError where one can't be used, or is no replica of the primary
 */
export async function findServers(
  nodes: readonly PlannedNode[],
): Promise<{ primary: Found; replicas: Found[]; poolSize?: number }> {
  const named = nodes.some(({ server }) => server) ? { nodes } : nodesFromEnvironment();
  const found: Found[] = [];
  for (const node of named.nodes) {
    const address = addressOf(node.server!.url);
    // A database may be so new that a replica has yet to hear of it.
    const through = node.role === 'primary' ? address.database : MAINTENANCE_DATABASE;
    found.push(await examine({ node, address, connection: await connectionTo(address, through) }, through));
  }
  const [primary, ...replicas] = found.map(completed);
  refuseStrangers(primary!, replicas);
  refuseOtherDatabases(primary!, replicas);
  return { primary: primary!, replicas, ...('poolSize' in named && { poolSize: named.poolSize }) };
}

function nodesFromEnvironment(): { nodes: PlannedNode[]; poolSize?: number } {
  const { primary, replicas = [], poolSize } = environment();
  const nodes = [primary, ...(replicas as NodeConfig[])].map(
    (config, index): PlannedNode => ({
      name: index < 2 ? ROLES[index]! : `replica-${index}`,
      role: index === 0 ? 'primary' : 'replica',
      cpus: null,
      server: { url: urlOf(addressFrom(config)) },
    }),
  );
  return { nodes, ...(poolSize !== undefined && { poolSize }) };
}

function environment(): ReturnType<typeof optionsFromEnvironment> {
  try {
    return optionsFromEnvironment();
  } catch (cause) {
    if (!(cause instanceof RouterError)) throw cause;
    const wanted = process.env.PRIMARY_DB_HOST
      ? cause.message
      : '--cluster external needs to know where the servers are: give --primary URL and --replica URL, or set PRIMARY_DB_HOST and REPLICA_DB_HOST.';
    throw new BenchError('SERVERS_MISSING', wanted, { cause });
  }
}

/** A replica has all databases of its primary, so that another one would answer, with what is in that. */
function refuseOtherDatabases(primary: Found, replicas: readonly Found[]): void {
  const other = replicas.find(({ address }) => address.database !== primary.address.database);
  if (!other) return;
  throw new BenchError(
    'SERVER_URL',
    `The replica ${nameOf(other.address)} has to be named with the database of its primary, ${nameOf(primary.address)}.`,
  );
}

/** What is said of it in a plan: its URL in full, where it runs, and who counts its CPU. */
function completed(found: Found): Found {
  const { node, address, pid } = found;
  const cpu = node.server?.cpu ?? (pid === null ? undefined : ({ from: 'kernel' } as const));
  const isLocal = pid !== null || cpu?.from === 'container';
  const server = { url: urlOf(address), ...(isLocal && { local: true }), ...(cpu && { cpu }) };
  return { ...found, node: { ...node, server } };
}
