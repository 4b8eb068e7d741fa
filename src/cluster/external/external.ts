import { runTool } from '../../machine/index.js';
import { BenchError, shellWord } from '../../machine/pure.js';
import type { PlannedNode, Reset, Side, Topology } from '../../record/pure.js';
import { withClient } from '../client.js';
import type { Capabilities, Cluster, ConnectionConfig } from '../cluster.js';
import type { ClusterProvider, Dataset, PreparedData } from '../provider.js';
import { reachCounts } from '../statement-counts.js';
import { hostOf, nameOf, urlOf } from './address.js';
import { toDatabase } from './connect.js';
import { type Found, refuseFull, untilReplayed } from './examine.js';
import { findServers } from './find-servers.js';
import { ExternalNode } from './node.js';
import { ensureTemplateOf, makeAnew, ownMarkOf } from './own-database.js';

/**
 * Servers that others run, where nothing is written unless the user has said where: in a database that `bench prepare` has
 * made, or in one that `--allow-writes-to` names.
 */
export const external = {
  kind: 'external',

  async describe({ nodes, poolSize, changedSettings, reset }) {
    if (Object.keys(changedSettings ?? {}).length > 0) {
      throw new BenchError(
        'SETTING_REFUSED',
        'Servers that others run keep their settings: leave "settings" out with --cluster external.',
      );
    }
    if (nodes.some(({ memoryBytes }) => memoryBytes !== undefined)) {
      throw new BenchError(
        'OPTION_CONFLICT',
        'Servers that others run have the memory that they have: leave --node-memory out with --cluster external.',
      );
    }
    const { primary, replicas, ...wanted } = await findServers(nodes);
    for (const each of [primary, ...replicas]) refuseFull(each, wanted.poolSize ?? poolSize);
    const isOwn = (await ownMarkOf(primary.connection)) !== null;
    return {
      kind: 'external',
      postgresVersion: primary.facts.version,
      nodes: [primary, ...replicas].map(({ node }) => node),
      cpuMethod: 'none',
      settings: primary.facts.settings,
      reset: reset ?? (isOwn ? 'template' : 'none'),
      ...wanted,
    };
  },

  nodesOf,

  async prepare(dataset, { topology, onProgress, allowWritesTo }) {
    if (dataset.kind === 'snapshot') {
      throw new BenchError(
        'OPTION_CONFLICT',
        'A snapshot is restored into servers that the bench starts: leave --snapshot, --globals and --database out with --cluster external, whose database is in the URLs.',
      );
    }
    const servers = await findServers(topology.nodes);
    const { primary } = servers;
    const { address, connection } = primary;
    const mark = await ownMarkOf(connection);
    const isAllowed = mark !== null || allowWritesTo === nameOf(address);
    refuseWrites(dataset, primary, { isOwn: mark !== null, isAllowed });
    const { reset = 'none' } = topology;
    let template: string | null = null;
    if (dataset.kind === 'made') {
      if (reset === 'none') throw onlyOnce();
      template = await ensureTemplateOf(address, connection, dataset, onProgress);
    } else if (reset === 'template') {
      template = mark?.template ?? null;
      if (template === null) throw noTemplate(primary);
    }
    const holding = template === null ? connection : toDatabase(connection, template);
    const uncounted = await whyUncounted(holding, [primary, ...servers.replicas]);
    return {
      database: connection.database,
      snapshotSha256: null,
      globalsSha256: null,
      roles: null,
      warnings: [...(uncounted ?? []), ...hiddenFrom(primary), ...namesakes(servers)],
      async start({ side, signal }) {
        await putBack({ ...servers, reset, template }, signal);
        return openCluster(servers, side, {
          ...{ writes: isAllowed, schemas: mark !== null, statements: uncounted === null },
          signal,
        });
      },
    } satisfies PreparedData;
  },
} as const satisfies ClusterProvider;

function nodesOf({ nodes }: Topology, side: Side): PlannedNode[] {
  if (side === 'control') {
    throw new BenchError(
      'CONTROL_IMPOSSIBLE',
      'Servers that others run are as big as they are: a control, which is one primary with the CPU of all of them, needs servers that the bench starts.',
    );
  }
  const chosen = nodes.filter(({ role }) => side === 'split' || role === 'primary');
  if (side === 'split' && chosen.length < 2) {
    throw new BenchError(
      'SERVERS_MISSING',
      'A split needs a replica: give one with --replica URL, or in REPLICA_DB_HOST.',
    );
  }
  return chosen;
}

/** @throws BenchError WRITES_REFUSED where the user hasn't said that the bench may write what the work writes */
function refuseWrites(
  dataset: Dataset,
  { address }: Found,
  { isOwn, isAllowed }: { isOwn: boolean; isAllowed: boolean },
): void {
  const name = nameOf(address);
  if (dataset.kind === 'made') {
    if (isOwn) return;
    throw new BenchError(
      'WRITES_REFUSED',
      `${name} is not a database of the bench's, and this workload brings its own data: "bench prepare ${shellWord(urlOf({ ...address, database: 'NAME' }))}" makes one beside it, which --primary and --replica then name. Nothing was written.`,
    );
  }
  if (isAllowed || (dataset.kind === 'present' && dataset.readOnly)) return;
  throw new BenchError(
    'WRITES_REFUSED',
    `The trace writes, and nobody has said that the bench may write to ${name}: play only what it reads with --read-only, or allow its writes with --allow-writes-to ${name}. Nothing was written.`,
  );
}

function onlyOnce(): BenchError {
  return new BenchError(
    'OPTION_CONFLICT',
    'SmartMenu places each of its orders once, so each run has to begin with the same data: use --reset template, or --reset command:…, instead of --reset none.',
  );
}

function noTemplate({ address }: Found): BenchError {
  return new BenchError(
    'OPTION_CONFLICT',
    `There is no template that ${nameOf(address)} could be made anew from: make it with "bench prepare URL --template DATABASE", or choose --reset none or --reset command:….`,
  );
}

/** Why the servers' counts of statements can't be had; null if they can. */
async function whyUncounted(holding: ConnectionConfig, servers: Found[]): Promise<string[] | null> {
  const without = servers.find(({ facts }) => !facts.countsStatements);
  const why = without
    ? `pg_stat_statements is not in shared_preload_libraries of ${hostOf(without.address)}`
    : await withClient(holding, async (client) => {
        await reachCounts(client);
        await client.query('SELECT FROM pg_stat_statements(false), pg_stat_statements_info LIMIT 1');
      }).then(
        () => null,
        (error: Error) => `${hostOf(servers[0]!.address)} says: ${error.message}`,
      );
  return why === null
    ? null
    : [`Measured without pg_stat_statements (${why}): how much is read on each server is not known.`];
}

/** What the role may not see, and what is measured otherwise for it. */
function hiddenFrom({ address, facts }: Found): string[] {
  if (facts.seesStatistics) return [];
  return [
    `"${address.user}" is no member of pg_read_all_stats on ${hostOf(address)}: whether a replica streams is not known, and how far it is behind is judged by its own position.`,
  ];
}

/** Standbys of one name can't be told apart by their primary. */
function namesakes({ primary, replicas }: { primary: Found; replicas: Found[] }): string[] {
  const { standbys } = primary.facts;
  return replicas.flatMap(({ facts: { standbyName }, address }) =>
    standbys.filter((name) => name === standbyName).length > 1
      ? [
          `${hostOf(primary.address)} has several standbys called "${standbyName}", as ${hostOf(address)} is: its lag and whether it streams may be those of another. Give it a cluster_name of its own.`,
        ]
      : [],
  );
}

/** The state that each run begins with, on all servers. */
async function putBack(
  {
    primary,
    replicas,
    reset,
    template,
  }: { primary: Found; replicas: Found[]; reset: Reset; template: string | null },
  signal: AbortSignal,
): Promise<void> {
  if (typeof reset === 'object') await runReset(reset.command, signal);
  else if (template !== null) await makeAnew(primary.address, primary.connection, template);
  await untilReplayed(primary, replicas, { signal });
}

async function runReset(command: string, signal: AbortSignal): Promise<void> {
  const { code, stderr } = await runTool('/bin/sh', ['-c', command], { signal });
  if (code === 0) return;
  throw new BenchError(
    'RESET_FAILED',
    `The command that puts the data back ended with ${code}: ${stderr.trim().split('\n').at(-1) || 'it says nothing'}.`,
    { exitCode: 4 },
  );
}

async function openCluster(
  { primary, replicas }: { primary: Found; replicas: Found[] },
  side: Side,
  { signal, ...may }: { signal: AbortSignal } & Pick<Capabilities, 'writes' | 'schemas' | 'statements'>,
): Promise<Cluster> {
  const end = new AbortController();
  const { standbys } = primary.facts;
  const how = { writes: may.writes, standbys, signal: AbortSignal.any([signal, end.signal]) };
  const used = side === 'split' ? [primary, ...replicas] : [primary];
  try {
    const [first, ...others] = await Promise.all(used.map((found) => ExternalNode.open(found, how)));
    return {
      capabilities: {
        ...{ resettable: false, superuser: false, ...may },
        cpu: [first!, ...others].every(({ isCountedAtOnce }) => isCountedAtOnce),
      },
      primary: first!,
      replicas: others,
      async [Symbol.asyncDispose]() {
        end.abort();
      },
    };
  } catch (error) {
    end.abort();
    throw error;
  }
}
