import { BenchError } from '../../machine/pure.js';
import type { ClusterProvider } from '../provider.js';
import { refuseNamed } from '../refuse-named.js';
import { settingsFor, withOwnSettings } from '../settings.js';
import { nodesOf } from '../sides.js';
import { askDocker } from './docker.js';
import { Engine } from './engine.js';
import { buildImage, IMAGE } from './project.js';
import { startComposeCluster } from './start.js';

/** Servers that the bench starts as containers on this machine, from the docker-compose.yml of its own folder. */
export const compose = {
  kind: 'compose',

  async describe({
    nodes,
    poolSize,
    reset,
    changedSettings,
    settings = settingsFor(poolSize, changedSettings),
  }) {
    refuseNamed({ nodes, ...(reset && { reset }) });
    await using _engine = await Engine.open();
    await buildImage();
    const words = await askDocker(['run', '--rm', IMAGE, 'sh', '-c', POSTGRES_VERSION]);
    const [postgresVersion = 'unknown'] = /\d+(\.\d+)+/.exec(words) ?? [];
    return {
      kind: 'compose',
      postgresVersion,
      nodes: withOwnSettings(nodes),
      cpuMethod: 'container',
      settings,
    };
  },

  nodesOf,

  async prepare(dataset, { topology }) {
    if (dataset.kind !== 'made') {
      throw new BenchError(
        'CLUSTER_REFUSES',
        'Containers begin with the data that the bench makes: a captured trace with its --snapshot is replayed with --cluster embedded.',
      );
    }
    const { settings } = topology;
    return {
      database: dataset.database,
      snapshotSha256: null,
      globalsSha256: null,
      roles: [],
      warnings: [],
      start: ({ side, ...run }) =>
        startComposeCluster({ dataset, nodes: nodesOf(topology, side), settings, ...run }),
    };
  },
} as const satisfies ClusterProvider;

/** Debian's packages put the programs where no PATH leads. */
const POSTGRES_VERSION = 'PATH="$PATH:$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)" postgres --version';
